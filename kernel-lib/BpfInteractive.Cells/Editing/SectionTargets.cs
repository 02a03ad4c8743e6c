using System.Text;

namespace BpfInteractive.Cells;

/// <summary>What can stand in <c>SEC("...")</c> on this kernel: the kinds of programs, then what each can be attached to here.</summary>
internal static class SectionTargets
{
    /// <param name="typed">What stands behind the quote so far.</param>
    internal static IEnumerable<string> Complete(string typed)
    {
        var slash = typed.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return SectionKind.Prefixes.Where(prefix => prefix.StartsWith(typed, StringComparison.Ordinal)).Select(static prefix => HasTarget(prefix) ? prefix + "/" : prefix).Order(StringComparer.Ordinal);
        }

        var (kind, target) = (typed[..slash], typed[(slash + 1)..]);
        return TargetsOf(kind.EndsWith(".s", StringComparison.Ordinal) ? kind[..^2] : kind, target).Select(name => $"{kind}/{name}");
    }

    private static bool HasTarget(string prefix) => prefix is not ("perf_event" or "syscall" or "socket" or "xdp" or "xdp.frags" or "tc" or "classifier" or "action" or "netfilter" or "struct_ops");

    private static IEnumerable<string> TargetsOf(string kind, string target) => kind switch
    {
        "tracepoint" or "tp" => Tracepoints(target),
        "tp_btf" or "raw_tp" or "raw_tracepoint" => Named(BtfKind.Typedef, "btf_trace_", target),
        "lsm" or "lsm_cgroup" => Named(BtfKind.Function, "bpf_lsm_", target),
        "iter" => Named(BtfKind.Struct, "bpf_iter__", target),
        "fentry" or "fexit" or "fmod_ret" or "kprobe" or "kretprobe" or "kprobe.multi" or "kretprobe.multi" or "kprobe.session" => Named(BtfKind.Function, "", target),
        "ksyscall" or "kretsyscall" => Folders("syscalls", "sys_enter_" + target).Select(static name => name["sys_enter_".Length..]),
        _ => [],
    };

    private static IEnumerable<string> Tracepoints(string target)
    {
        var slash = target.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? Folders("", target).Select(static category => category + "/")
            : Folders(target[..slash], target[(slash + 1)..]).Select(name => $"{target[..slash]}/{name}");
    }

    private static IEnumerable<string> Folders(string category, string prefix)
    {
        var folder = TraceFs.Root is { } root && !category.Contains("..", StringComparison.Ordinal) ? Path.Combine(root, "events", category) : null;
        try
        {
            return folder is not null && Directory.Exists(folder) ? Directory.GetDirectories(folder, prefix + "*").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // Root's alone.
        }
    }

    /// <summary>Names of a kind of type, less what the kernel puts before them.</summary>
    private static List<string> Named(BtfKind kind, string before, string prefix)
    {
        const int most = 300;
        var wanted = Encoding.UTF8.GetBytes(before + prefix);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in BtfData.Kernel.Types)
        {
            if (names.Count < most && type.Kind == kind && type.NameUtf8.StartsWith(wanted))
            {
                names.Add(type.Name[before.Length..]);
            }
        }

        return [.. names];
    }
}
