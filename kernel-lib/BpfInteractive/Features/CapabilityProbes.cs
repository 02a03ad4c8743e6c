namespace BpfInteractive;

/// <summary>Each capability of this process, and what it is for. CAP_BPF and CAP_PERFMON carry nearly everything.</summary>
internal static class CapabilityProbes
{
    internal static IEnumerable<FeatureProbe> All =>
    [
        Of(Capability.Bpf, "maps, ring buffers, loading programs, syscall programs"),
        Of(Capability.PerfMon, "tracing programs, sampling, reading kernel memory, others' /proc/PID/maps"),
        Of(Capability.DacReadSearch, "tracefs: the numbers of tracepoints", optional: true),
        Of(Capability.SysPtrace, "others' /proc/PID/exe, root and namespaces: symbols of their files", optional: true),
        Of(Capability.Syslog, "addresses in /proc/kallsyms; iter/ksym does without", optional: true),
        Of(Capability.CheckpointRestore, "others' map_files: symbols of deleted files", optional: true),
        Of(Capability.NetAdmin, "xdp, tc, cgroup and netfilter programs", optional: true),
        Of(Capability.SysAdmin, "objects by id, run statistics, uprobes by perf event", optional: true),
        Of(Capability.SysResource, "raising RLIMIT_MEMLOCK: only kernels before 5.11 want it", optional: true),
    ];

    private static FeatureProbe Of(Capability capability, string purpose, bool optional = false) =>
        new(Capabilities.Name(capability), FeatureCategory.Capabilities, purpose, () => Ask(capability)) { Optional = optional };

    private static ProbeAnswer Ask(Capability capability)
    {
        if (!Capabilities.Has(capability))
        {
            return ProbeAnswer.No("not held by this process", Remedy(capability));
        }

        return Capabilities.InUserNamespace
            ? ProbeAnswer.No("held, but only inside this process's user namespace, which the kernel's BPF does not count")
            : ProbeAnswer.Yes();
    }

    private static string Remedy(Capability capability) => capability is Capability.Bpf or Capability.PerfMon
        ? Capabilities.Remedy([Capability.Bpf, Capability.PerfMon])
        : $"add +{Capabilities.Name(capability)[4..].ToLowerInvariant()} to setpriv's --inh-caps and --ambient-caps, or sudo";
}
