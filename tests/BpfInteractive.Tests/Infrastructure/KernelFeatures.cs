namespace BpfInteractive.Tests.Infrastructure;

/// <summary>
/// The features tests ask for by name, each with a probe that does not use the library under test. <c>Since</c> is given only for what
/// no build option takes away once the kernel has BTF and BPF at all.
/// </summary>
public sealed record KernelFeatures(string Name, Func<string?> WhyMissing, Version? Since = null)
{
    private static readonly Dictionary<string, KernelFeatures> s_known = new KernelFeatures[]
    {
        new("kernel BTF", () => Missing(File.Exists("/sys/kernel/btf/vmlinux"), "/sys/kernel/btf/vmlinux is not there")),
        new("tracefs", () => Missing(File.Exists("/sys/kernel/tracing/events/sched/sched_switch/id"), "/sys/kernel/tracing is not mounted or not readable")),
        new("bpffs", () => Missing(File.ReadAllText("/proc/self/mounts").Contains(" /sys/fs/bpf bpf ", StringComparison.Ordinal), "/sys/fs/bpf is not mounted")),
        new("clang", () => Missing(Clang() is not null, "no clang on the search path")),
        new("kprobes", () => Missing(Directory.Exists("/sys/kernel/debug/kprobes") || File.Exists("/sys/kernel/tracing/kprobe_events"), "the kernel is built without kprobes")),
        FromBtf("task_vma iterator program", "bpf_iter__task_vma", new Version(5, 12)),
        FromBtf("open-coded task_vma iterator", "bpf_iter_task_vma_new", new Version(6, 7)),
        FromBtf("bpf_find_vma", "bpf_find_vma", new Version(5, 17)),
        FromBtf("bpf_task_from_pid", "bpf_task_from_pid", new Version(6, 2)),
        FromBtf("PROCMAP_QUERY", "procmap_query", new Version(6, 11)),
        FromBtf("iter/ksym", "bpf_iter__ksym", new Version(6, 0)),
        FromBtf("task_work kfuncs", "bpf_task_work", new Version(6, 18)),
    }.ToDictionary(feature => feature.Name);

    /// <summary>A feature by its name, or one of the kernel's functions or types as <c>btf:NAME</c>.</summary>
    public static KernelFeatures Get(string name)
    {
        if (name.StartsWith("btf:", StringComparison.Ordinal))
        {
            return FromBtf(name, name["btf:".Length..], since: null);
        }

        return s_known.TryGetValue(name, out var feature)
            ? feature
            : throw new ArgumentException($"no feature '{name}'; known: {string.Join(", ", s_known.Keys)}", nameof(name));
    }

    /// <summary>The newest clang on the search path.</summary>
    public static string? Clang() =>
        Machine.FindOnPath("clang") ?? Enumerable.Range(14, 10).Reverse().Select(version => Machine.FindOnPath($"clang-{version}")).FirstOrDefault(path => path is not null);

    private static KernelFeatures FromBtf(string name, string symbol, Version? since) =>
        new(name, () => Missing(Machine.KernelBtfNames(symbol), $"the kernel's BTF has no {symbol}"), since);

    private static string? Missing(bool there, string reason) => there ? null : reason;
}
