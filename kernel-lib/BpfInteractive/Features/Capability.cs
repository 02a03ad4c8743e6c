namespace BpfInteractive;

/// <summary>The capabilities that BPF work touches, by their bit numbers (capabilities(7)).</summary>
internal enum Capability
{
    DacReadSearch = 2,
    NetAdmin = 12,
    SysPtrace = 19,
    SysAdmin = 21,
    SysResource = 24,
    Syslog = 34,
    PerfMon = 38,
    Bpf = 39,
    CheckpointRestore = 40,
}

/// <summary>What the calling process may do: its effective capabilities, and whether they count outside its user namespace.</summary>
internal static class Capabilities
{
    /// <summary>"CAP_SYS_ADMIN".</summary>
    internal static string Name(Capability capability) => capability switch
    {
        Capability.DacReadSearch => "CAP_DAC_READ_SEARCH",
        Capability.NetAdmin => "CAP_NET_ADMIN",
        Capability.SysPtrace => "CAP_SYS_PTRACE",
        Capability.SysAdmin => "CAP_SYS_ADMIN",
        Capability.SysResource => "CAP_SYS_RESOURCE",
        Capability.Syslog => "CAP_SYSLOG",
        Capability.PerfMon => "CAP_PERFMON",
        Capability.Bpf => "CAP_BPF",
        Capability.CheckpointRestore => "CAP_CHECKPOINT_RESTORE",
        _ => capability.ToString(),
    };

    /// <summary>The effective set of the calling process.</summary>
    internal static ulong Effective => ParseEffective(File.ReadAllText("/proc/self/status"));

    /// <summary>Whether this process lives in a user namespace of its own, where its capabilities do not reach the kernel's BPF.</summary>
    internal static bool InUserNamespace =>
        File.Exists("/proc/self/uid_map") && !IsInitialUserNamespace(File.ReadAllText("/proc/self/uid_map"));

    internal static bool Has(Capability capability) => Covers(Effective, capability);

    /// <summary>CAP_SYS_ADMIN stands in for the capabilities that were split off from it: BPF, PERFMON, CHECKPOINT_RESTORE, SYSLOG.</summary>
    internal static bool Covers(ulong effective, Capability capability) =>
        Holds(effective, capability)
        || (capability is Capability.Bpf or Capability.PerfMon or Capability.CheckpointRestore or Capability.Syslog
            && Holds(effective, Capability.SysAdmin));

    /// <summary>Those of the wanted capabilities that this process lacks.</summary>
    internal static Capability[] Missing(ReadOnlySpan<Capability> wanted)
    {
        var effective = Effective;
        return [.. wanted.ToArray().Where(capability => !Covers(effective, capability))];
    }

    /// <summary>"CAP_BPF and CAP_PERFMON".</summary>
    internal static string List(IReadOnlyList<Capability> capabilities) => capabilities.Count switch
    {
        0 => "no capability",
        1 => Name(capabilities[0]),
        _ => $"{string.Join(", ", capabilities.Take(capabilities.Count - 1).Select(Name))} and {Name(capabilities[^1])}",
    };

    /// <summary>How an ordinary user gets the capabilities.</summary>
    internal static string Remedy(IReadOnlyList<Capability> capabilities)
    {
        var set = string.Join(",", capabilities.Select(capability => "+" + Name(capability)[4..].ToLowerInvariant()));
        return $"run it with sudo, or as root: setpriv --reuid USER --init-groups --inh-caps {set} --ambient-caps {set} COMMAND";
    }

    /// <summary>The CapEff line of /proc/PID/status.</summary>
    internal static ulong ParseEffective(string status)
    {
        const string Label = "CapEff:";
        var start = status.IndexOf(Label, StringComparison.Ordinal);
        if (start < 0)
        {
            return 0;
        }

        var line = status.AsSpan(start + Label.Length);
        var end = line.IndexOf('\n');
        return Convert.ToUInt64((end < 0 ? line : line[..end]).Trim().ToString(), 16);
    }

    /// <summary>The initial user namespace maps every id to itself.</summary>
    internal static bool IsInitialUserNamespace(string uidMap) =>
        uidMap.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295"];

    private static bool Holds(ulong effective, Capability capability) => (effective >> (int)capability & 1) != 0;
}
