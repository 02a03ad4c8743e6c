namespace BpfInteractive;

/// <summary>Which feature a program's section asks for. Sections are libbpf's (docs/program_types.rst).</summary>
internal static class SectionKind
{
    // A prefix ends at '/', at '.s' (sleepable) or at the section's end.
    private static readonly Dictionary<string, string> Features = new(StringComparer.Ordinal)
    {
        ["tracepoint"] = "tracepoint",
        ["tp"] = "tracepoint",
        ["raw_tp"] = "raw_tp",
        ["raw_tracepoint"] = "raw_tp",
        ["tp_btf"] = "tp_btf",
        ["fentry"] = "fentry",
        ["fexit"] = "fexit",
        ["fmod_ret"] = "fmod_ret",
        ["lsm"] = "lsm",
        ["lsm_cgroup"] = "lsm",
        ["kprobe"] = "kprobe",
        ["kretprobe"] = "kretprobe",
        ["ksyscall"] = "kprobe",
        ["kretsyscall"] = "kretprobe",
        ["kprobe.multi"] = "kprobe.multi",
        ["kretprobe.multi"] = "kprobe.multi",
        ["kprobe.session"] = "kprobe.multi",
        ["uprobe"] = "uprobe",
        ["uretprobe"] = "uretprobe",
        ["uprobe.multi"] = "uprobe.multi",
        ["uretprobe.multi"] = "uprobe.multi",
        ["uprobe.session"] = "uprobe.multi",
        ["usdt"] = "usdt",
        ["perf_event"] = "perf_event",
        ["syscall"] = "syscall",
        ["socket"] = "socket",
        ["xdp"] = "xdp",
        ["xdp.frags"] = "xdp",
        ["tc"] = "tc",
        ["classifier"] = "tc",
        ["action"] = "tc",
        ["tcx"] = "tcx",
        ["netkit"] = "netkit",
        ["netfilter"] = "netfilter",
        ["struct_ops"] = "struct_ops",
    };

    /// <summary>What sections begin with.</summary>
    internal static IEnumerable<string> Prefixes => Features.Keys.Append("iter");

    /// <summary>The feature's name, or null where no probe stands for the section.</summary>
    internal static string? FeatureOf(string section)
    {
        var slash = section.IndexOf('/', StringComparison.Ordinal);
        var prefix = slash < 0 ? section : section[..slash];
        var sleepable = prefix.EndsWith(".s", StringComparison.Ordinal);
        prefix = sleepable ? prefix[..^2] : prefix;
        if (prefix == "iter")
        {
            return sleepable ? "iter.s/task" : IteratorFeature(slash < 0 ? "task" : section[(slash + 1)..]);
        }

        return Features.GetValueOrDefault(prefix) ?? (prefix.StartsWith("cgroup", StringComparison.Ordinal) || prefix == "sockops" ? "cgroup" : null);
    }

    private static string IteratorFeature(string target) =>
        target is "task" or "task_vma" or "task_file" or "bpf_map" or "bpf_prog" or "ksym" or "cgroup" ? "iter/" + target : "iter/task";
}
