using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Tracing programs, each loaded and attached for a moment to something that hardly ever runs.</summary>
internal static class ProgramProbes
{
    private const string BtfTracepointInstead = "use tp_btf, raw_tp or a tracepoint on the same event";

    // Functions that only the kernel's own self-test calls, so that a probe disturbs nobody; the second where that is not built in.
    private static readonly string[] QuietFunctions = ["bpf_fentry_test1", "cgroup_bpf_offline"];
    private static readonly string[] QuietModifiable = ["bpf_modify_return_test", "security_path_chroot"];
    private static readonly string[] QuietHooks = ["bpf_lsm_path_chroot", "bpf_lsm_sb_pivotroot"];
    private static readonly string[] QuietTracepoint = ["btf_trace_sched_process_hang", "btf_trace_sched_process_exit"];

    private static readonly ProbeProgram PlainTracepoint = new(BpfProgramType.Tracepoint);
    private static readonly ProbeProgram PerfEvent = new(BpfProgramType.PerfEvent);

    internal static IEnumerable<FeatureProbe> All =>
    [
        new("tracepoint", FeatureCategory.Programs, "a kernel tracepoint, by category and name", Tracepoint) { Since = "Linux 4.7" },
        new("raw_tp", FeatureCategory.Programs, "a tracepoint's raw arguments", RawTracepoint) { Since = "Linux 4.17" },
        new("tp_btf", FeatureCategory.Programs, "a tracepoint's typed arguments",
            () => Traced(BpfAttachType.TraceRawTp, QuietTracepoint, BtfKind.Typedef, "use raw_tp or a tracepoint")) { Since = "Linux 5.5" },
        new("fentry", FeatureCategory.Programs, "entry of a kernel function, typed arguments", () => Trampoline(BpfAttachType.TraceFentry)) { Since = "Linux 5.5" },
        new("fexit", FeatureCategory.Programs, "return of a kernel function", () => Trampoline(BpfAttachType.TraceFexit)) { Since = "Linux 5.5" },
        new("fmod_ret", FeatureCategory.Programs, "changing a kernel function's result",
            () => Traced(BpfAttachType.ModifyReturn, QuietModifiable, BtfKind.Function, null)) { Since = "Linux 5.7", Optional = true },
        new("lsm", FeatureCategory.Programs, "deciding at a security hook", Lsm) { Since = "Linux 5.7", Optional = true },
        new("kprobe", FeatureCategory.Programs, "entry of any kernel function", () => KernelProbes.Attach(atReturn: false)) { Since = "Linux 4.1" },
        new("kretprobe", FeatureCategory.Programs, "return of any kernel function", () => KernelProbes.Attach(atReturn: true)) { Since = "Linux 4.1" },
        new("kprobe.multi", FeatureCategory.Programs, "many kernel functions at once", KernelProbes.AttachMany) { Since = "Linux 5.18", Optional = true },
        new("uprobe", FeatureCategory.Programs, "a function of a program or library", () => UserProbes.Attach(atReturn: false)) { Since = "Linux 4.3" },
        new("uretprobe", FeatureCategory.Programs, "its return", () => UserProbes.Attach(atReturn: true)) { Since = "Linux 4.3" },
        new("uprobe.multi", FeatureCategory.Programs, "many of them by one link; no CAP_SYS_ADMIN", UserProbes.AttachMany) { Since = "Linux 6.6" },
        new("usdt", FeatureCategory.Programs, "static probes of programs and libraries", UserProbes.Usdt) { Since = "Linux 5.15" },
        new("perf_event", FeatureCategory.Programs, "sampling by the CPU clock", () => Sampled(Libc.PERF_TYPE_SOFTWARE)) { Since = "Linux 4.9" },
        new("perf_event/hardware", FeatureCategory.Programs, "sampling by a hardware counter", () => Sampled(Libc.PERF_TYPE_HARDWARE)) { Since = "Linux 4.9", Optional = true },
        Iterator("iter/task", "every task", "Linux 5.8"),
        Iterator("iter/task_vma", "every mapping of tasks", "Linux 5.12"),
        Iterator("iter/task_file", "every open file of tasks", "Linux 5.8"),
        Iterator("iter/bpf_map", "every BPF map", "Linux 5.8"),
        Iterator("iter/bpf_prog", "every BPF program", "Linux 5.9"),
        Iterator("iter/bpf_map_elem", "every entry of a map", "Linux 5.9", optional: true),
        Iterator("iter/ksym", "kernel symbols without CAP_SYSLOG", "Linux 6.0"),
        Iterator("iter/cgroup", "cgroups below one", "Linux 6.1", optional: true),
        Iterator("iter.s/task", "every task, may fault pages in", "Linux 5.18", sleepable: true),
        new("syscall", FeatureCategory.Programs, "a program run on demand", Syscall) { Since = "Linux 5.14" },
    ];

    private static FeatureProbe Iterator(string name, string purpose, string since, bool sleepable = false, bool optional = false) =>
        new(name, FeatureCategory.Programs, purpose, () => ProbeAttachment.Try(
            new(BpfProgramType.Tracing, BpfAttachType.TraceIter)
            {
                Targets = ["bpf_iter_" + name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]],
                Flags = sleepable ? BpfSyscall.SleepableFlag : 0,
            },
            name switch
            {
                "iter/cgroup" => ProbeAttachment.AsCgroupIterator,
                "iter/bpf_map_elem" => ProbeAttachment.AsMapIterator,
                _ => ProbeAttachment.AsIterator,
            }))
        { Since = since, Optional = optional };

    private static ProbeAnswer Tracepoint()
    {
        using var program = PlainTracepoint.Load(out var refusal);
        if (program is null)
        {
            return refusal;
        }

        var id = TraceFs.EventId("sched", "sched_process_hang") ?? TraceFs.EventId("sched", "sched_process_exit");
        return id is null
            ? TraceFs.Explain()
            : ProbeAttachment.Try(PlainTracepoint, ProbeAttachment.ToPerfEvent(new() { Type = Libc.PERF_TYPE_TRACEPOINT, Config = (ulong)id }));
    }

    private static ProbeAnswer RawTracepoint() => ProbeAttachment.Try(
        new(BpfProgramType.RawTracepoint), fd => BpfSyscall.OpenRawTracepoint("sched_process_hang", fd) switch
        {
            -Errno.ENOENT => BpfSyscall.OpenRawTracepoint("sched_process_exit", fd), // no hung-task detector in this kernel
            var result => result,
        });

    private static ProbeAnswer Trampoline(BpfAttachType type) => Traced(type, QuietFunctions, BtfKind.Function, BtfTracepointInstead);

    private static ProbeAnswer Traced(BpfAttachType type, string[] targets, BtfKind kind, string? instead) => ProbeAttachment.Try(
        new(BpfProgramType.Tracing, type) { Targets = targets, TargetKind = kind, Instead = instead }, ProbeAttachment.ToBtfTarget);

    private static ProbeAnswer Lsm()
    {
        var attached = ProbeAttachment.Try(
            new(BpfProgramType.Lsm, BpfAttachType.LsmMac) { Targets = QuietHooks }, ProbeAttachment.ToBtfTarget);
        return attached.Available && SecurityModules.IsActive("bpf") is false
            ? ProbeAnswer.No("the program attaches but no hook calls it: \"bpf\" is not among the active security modules",
                "boot with lsm=...,bpf on the kernel's command line")
            : attached;
    }

    private static ProbeAnswer Sampled(uint type) => ProbeAttachment.Try(
        PerfEvent,
        ProbeAttachment.ToPerfEvent(new() { Type = type, Config = 0 /* cpu-clock; cycles */, PeriodOrFrequency = 1_000_000_000 }),
        errno => type == Libc.PERF_TYPE_HARDWARE && errno is Errno.ENOENT or Errno.EOPNOTSUPP
            ? ProbeAnswer.No("this machine offers no hardware counters (a virtual machine without a PMU?)", "sample with the software cpu-clock", errno)
            : null);

    private static ProbeAnswer Syscall()
    {
        using var program = new ProbeProgram(BpfProgramType.Syscall) { Flags = BpfSyscall.SleepableFlag, Needs = Refusal.ForMaps }
            .Load(out var refusal);
        return program is null ? refusal : ProbeAnswer.Yes();
    }
}
