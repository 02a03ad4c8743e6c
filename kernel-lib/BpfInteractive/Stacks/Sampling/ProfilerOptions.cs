using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>What is sampled, how often, and for how long.</summary>
/// <remarks>A pid, a tid and a command are those of the caller's pid namespace. Give at most one of <see cref="Pid"/>, <see cref="Tid"/>,
/// <see cref="Cgroup"/> and <see cref="Command"/>; without any, everything that runs is sampled.</remarks>
/// <example><code>var profile = await Profiler.CollectAsync(new() { Frequency = 499, Duration = TimeSpan.FromSeconds(10) });</code></example>
public sealed record ProfilerOptions
{
    /// <summary>Samples a second and CPU. Null for 99 or, where each event is a sample (page faults, context switches), for all of them.</summary>
    public int? Frequency { get; init; }

    /// <summary>Events from one sample to the next (nanoseconds for the clocks). Null when <see cref="Frequency"/> says how often.</summary>
    public ulong? Period { get; init; }

    /// <summary>What is counted: CPU time unless told. Hardware events need a machine that offers its counters.</summary>
    public PerfEventKind Event { get; init; } = PerfEventKind.CpuClock;

    /// <summary>What makes a sample instead of <see cref="Event"/>; null for that. A frequency and a period do not go with it, and a cgroup is one of cgroup2.</summary>
    public SampleTrigger? Trigger { get; init; }

    /// <summary>How long <see cref="Profiler.CollectAsync"/> samples; null until its token is cancelled or, with a command or process, that ends.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>One process with the threads it has and will have.</summary>
    public int? Pid { get; init; }

    /// <summary>With <see cref="Pid"/> and <see cref="Command"/>: the processes that it starts too.</summary>
    public bool IncludeChildren { get; init; } = true;

    /// <summary>One thread alone.</summary>
    public int? Tid { get; init; }

    /// <summary>The folder of a cgroup: its processes and those of the cgroups below it.</summary>
    public string? Cgroup { get; init; }

    /// <summary>A command and its arguments, sampled from its first instruction to its end.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Whether user stacks are taken.</summary>
    public bool User { get; init; } = true;

    /// <summary>Whether kernel stacks are taken, of samples that hit the kernel.</summary>
    public bool Kernel { get; init; } = true;

    /// <summary>The most frames of a user stack, and of a kernel stack: 1 to 127. What is deeper is cut at the root side, marked and counted.</summary>
    public int MaxFrames { get; init; } = MostFrames;

    /// <summary>How the callers of user code are found. By other means than frame pointers on x86-64 alone.</summary>
    public StackUnwinding Unwinding { get; init; } = StackUnwinding.FramePointers;

    /// <summary>The most bytes of a user stack that are copied to be unwound: 1,024 to 32,768. They are dropped at once and never reach a file.</summary>
    public int StackCopyBytes { get; init; } = 16 << 10;

    /// <summary>
    /// Whether the kernel looks up build ids in the interrupt too (BPF_F_USER_BUILD_ID): a frame in no mapping that could be taken still has its file then, by the build id alone.
    /// Null for where mappings can be taken in user space only (before Linux 6.18) and stacks are not copied. Costs a look-up a frame, 40 bytes of the ring and the pages'
    /// being in memory; with the clock and events of perf alone.
    /// </summary>
    public bool? BuildIds { get; init; }

    /// <summary>
    /// Whether functions of files are named. They can be put in later, and on another machine (<see cref="ProfileNaming.NameMissingAsync"/>); the kernel's functions and those
    /// made at run time, which only this machine knows now, are named all the same.
    /// </summary>
    public bool Names { get; init; } = true;

    /// <summary>Whether frames get their source lines, and the functions that were inlined there, by the debug information of their files: see <see cref="SymbolizerOptions.Lines"/>.</summary>
    public bool Lines { get; init; }

    /// <summary>
    /// Whether .NET processes that wrote no perf map are asked, by their diagnostics socket, for the methods that they have code of: once, when sampling is over, which takes each of
    /// them about a tenth of a second. One that has ended by then cannot be asked (<see cref="FrameReason.NoPerfMap"/>).
    /// </summary>
    public bool AskDotnet { get; init; } = true;

    /// <summary>
    /// Whether Java processes (HotSpot, 17 or newer) that ran compiled code and wrote no map of it are asked for one when sampling is over, as <c>jcmd PID Compiler.perfmap</c> does: by a SIGQUIT, where
    /// they handle it, and their socket in their own /tmp. The map that they write there is removed once it is read.
    /// </summary>
    public bool AskJava { get; init; } = true;

    /// <summary>Whether the names of such methods tell how they were compiled, <c>Main(string[]) [Tier1]</c>: each tier is a function of its own then.</summary>
    public bool DotnetTiers { get; init; }

    /// <summary>The bytes of each of the two rings: a power of two, at least a page. Null for 2 MiB and, on many CPUs, more.</summary>
    public int? RingSizeBytes { get; init; }

    /// <summary>As deep as the kernel keeps a stack (kernel.perf_event_max_stack is 127 unless set).</summary>
    internal const int MostFrames = 127;

    internal const int DefaultFrequency = 99;

    internal bool CopiesStacks => User && Unwinding != StackUnwinding.FramePointers;

    internal bool IsClock => Trigger is null && Event is (PerfEventKind.CpuClock or PerfEventKind.TaskClock);

    /// <summary>Events between two samples; null where they come by frequency. What happens now and then is not worth a frequency: each one counts.</summary>
    internal ulong? PeriodOrNull => Period ?? (Trigger is not null || (Frequency is null && IsRare) ? 1 : null);

    private bool IsRare => Event is PerfEventKind.PageFaults or PerfEventKind.MinorFaults or PerfEventKind.MajorFaults or PerfEventKind.ContextSwitches or PerfEventKind.CpuMigrations;

    internal string Target => this switch
    {
        { Pid: { } pid } => FormattableString.Invariant($"process {pid}{(IncludeChildren ? " and its children" : "")}"),
        { Tid: { } tid } => FormattableString.Invariant($"thread {tid}"),
        { Cgroup: { } cgroup } => $"cgroup {cgroup}",
        { Command: { } command } => string.Join(' ', command),
        _ => "all CPUs",
    };

    internal void Validate()
    {
        if (Frequency is not null && Period is not null)
        {
            throw new ArgumentException("give a Frequency or a Period, not both");
        }

        if (Trigger is not null && (Frequency is not null || Period is not null || Event != PerfEventKind.CpuClock))
        {
            throw new ArgumentException("Frequency, Period and Event do not go with a Trigger");
        }

        if (Frequency is <= 0 || Period is 0)
        {
            throw new ArgumentException("Frequency and Period are greater than 0");
        }

        if (new[] { Pid is not null, Tid is not null, Cgroup is not null, Command is not null }.Count(given => given) > 1)
        {
            throw new ArgumentException("give at most one of Pid, Tid, Cgroup and Command");
        }

        if (Command is { Count: 0 })
        {
            throw new ArgumentException("the command is empty");
        }

        if (!User && !Kernel)
        {
            throw new ArgumentException("there is nothing to take: neither User nor Kernel stacks");
        }

        if (MaxFrames is < 1 or > MostFrames)
        {
            throw new ArgumentException(FormattableString.Invariant($"MaxFrames is 1 to {MostFrames}"));
        }

        if (StackCopyBytes is < 1024 or > 32 << 10)
        {
            throw new ArgumentException("StackCopyBytes is 1024 to 32768");
        }

        if (CopiesStacks && Trigger is not null)
        {
            throw new ArgumentException("with a Trigger stacks are taken by frame pointers: leave Unwinding");
        }

        if (BuildIds is true && Trigger is not null)
        {
            throw new ArgumentException("with a Trigger there are no BuildIds: they are looked up in the interrupt of an event");
        }

        if (CopiesStacks && RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new UnsupportedFeatureException("unwinding without frame pointers", "it is there for x86-64 alone", "leave Unwinding at FramePointers");
        }

        if (Duration < TimeSpan.Zero)
        {
            throw new ArgumentException("Duration is negative");
        }

        if (RingSizeBytes is { } size && (size < 4096 || !System.Numerics.BitOperations.IsPow2(size)))
        {
            throw new ArgumentException("RingSizeBytes is a power of two, at least 4096");
        }
    }
}
