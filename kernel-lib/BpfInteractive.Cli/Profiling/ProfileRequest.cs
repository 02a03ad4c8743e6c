namespace BpfInteractive.Cli.Profiling;

/// <summary>What <c>bpfi profile</c> was asked for.</summary>
internal sealed record ProfileRequest
{
    private const double LongestSeconds = 1e6;

    internal int? Pid { get; init; }

    internal int? Tid { get; init; }

    internal string? Cgroup { get; init; }

    internal int? Frequency { get; init; }

    internal string? Event { get; init; }

    internal bool OffCpu { get; init; }

    internal double? MinimumUs { get; init; }

    internal double? Duration { get; init; }

    internal bool UserOnly { get; init; }

    internal bool KernelOnly { get; init; }

    internal string Unwind { get; init; } = "fp";

    internal int? StackBytes { get; init; }

    internal bool BuildIds { get; init; }

    internal bool NoSymbols { get; init; }

    internal bool Lines { get; init; }

    internal bool NoDotnet { get; init; }

    internal bool NoJava { get; init; }

    internal bool DotnetTiers { get; init; }

    internal string? Format { get; init; }

    internal string? Output { get; init; }

    internal string? Open { get; init; }

    internal string? Compare { get; init; }

    internal string? Comm { get; init; }

    internal string? Function { get; init; }

    internal int Rows { get; init; }

    internal IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Before anything is started: what cannot be meant.</summary>
    /// <exception cref="ArgumentException">It is told.</exception>
    internal void Validate()
    {
        if (UserOnly && KernelOnly)
        {
            throw new ArgumentException("--user and --kernel exclude each other; without either both kinds of stack are taken");
        }

        if (Duration is { } seconds and not (> 0 and < LongestSeconds))
        {
            throw new ArgumentException(FormattableString.Invariant($"--duration {seconds} is not a number of seconds above 0"));
        }

        if (OffCpu && Event is not null)
        {
            throw new ArgumentException("--off-cpu does not go with --event");
        }

        if (MinimumUs is { } shortest && (!OffCpu || shortest is not (>= 0 and < LongestSeconds * 1e6)))
        {
            throw new ArgumentException("--minimum is a number of microseconds, and goes with --off-cpu");
        }

        if (NoSymbols && Lines)
        {
            throw new ArgumentException("--no-symbols reads nothing of files: --lines does not go with it");
        }

        if (NoSymbols && (Compare ?? Function) is not null)
        {
            throw new ArgumentException("--no-symbols leaves files without names: --compare and --function do not go with it");
        }

        if (BuildIds && (OffCpu || KernelOnly || Open is not null || Event?.Contains(':', StringComparison.Ordinal) == true))
        {
            throw new ArgumentException("--build-ids are taken with user stacks at the clock or an event of perf: --off-cpu, tracepoints, uprobes, --kernel and --open do not go with it");
        }

        if (Open is not null && (OffCpu || Event is not null))
        {
            throw new ArgumentException("--open shows what was saved: --off-cpu and --event do not go with it");
        }

        if (StackBytes is not null && Unwind == "fp")
        {
            throw new ArgumentException("--stack-bytes is for --unwind cfi or auto: by frame pointers no stack is copied");
        }

        if (Open is not null && (Command.Count > 0 || Frequency is not null || Duration is not null || Cgroup is not null))
        {
            throw new ArgumentException("--open shows what was saved: --frequency, --duration, --cgroup and a command do not go with it");
        }

        if (Command.Count > 0 && (Pid is not null || Tid is not null || Cgroup is not null))
        {
            throw new ArgumentException("a command is sampled by itself: --pid, --tid and --cgroup do not go with it");
        }
    }

    internal ProfilerOptions ToOptions() => new()
    {
        Pid = Pid,
        Tid = Tid,
        Cgroup = Cgroup,
        Frequency = Frequency,
        Event = Event is null ? PerfEventKind.CpuClock : EventNames.Find(Event) ?? PerfEventKind.CpuClock,
        Trigger = ToTrigger(),
        Duration = Duration is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Unwinding = Unwind switch
        {
            "cfi" => StackUnwinding.Tables,
            "auto" => StackUnwinding.Auto,
            _ => StackUnwinding.FramePointers,
        },
        StackCopyBytes = StackBytes ?? new ProfilerOptions().StackCopyBytes,
        BuildIds = BuildIds ? true : null,
        User = !KernelOnly,
        Kernel = !UserOnly,
        Names = !NoSymbols,
        Lines = Lines,
        AskDotnet = !NoDotnet,
        AskJava = !NoJava,
        DotnetTiers = DotnetTiers,
        Command = Command.Count > 0 ? Command : null,
    };

    private SampleTrigger? ToTrigger() => Event?.Split(':', 3) switch
    {
        null => OffCpu ? SampleTrigger.OffCpu(MinimumUs is { } us ? TimeSpan.FromMicroseconds(us) : null) : null,
        ["tracepoint", { Length: > 0 } category, { Length: > 0 } name] => SampleTrigger.Tracepoint(category, name),
        ["uprobe", { Length: > 0 } path, { Length: > 0 } symbol] => SampleTrigger.Uprobe(path, symbol),
        [var name] when EventNames.Find(name) is not null => null,
        _ => throw new ArgumentException($"'{Event}' is no event: give tracepoint:CATEGORY:NAME, uprobe:FILE:FUNCTION, or one that perf counts (page-faults, context-switches, cycles)"),
    };

    /// <summary>What is shown of the samples; null for all. Samples taken now are of the right process already.</summary>
    internal ProfileFilter? ToFilter() => (Comm ?? Function) is null && (Open is null || (Pid ?? Tid) is null)
        ? null
        : new ProfileFilter { Pid = Open is null ? null : Pid, Tid = Open is null ? null : Tid, Comm = Comm, Function = Function };
}
