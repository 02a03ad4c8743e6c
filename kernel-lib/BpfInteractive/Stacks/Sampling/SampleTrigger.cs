namespace BpfInteractive;

/// <summary>What else than the clock or a counter makes a sample: a thread that was blocked, a tracepoint, a call of a function. Made by its static methods.</summary>
/// <example><code>var waits = await Profiler.CollectAsync(new() { Trigger = SampleTrigger.OffCpu(), Duration = TimeSpan.FromSeconds(10) });</code></example>
public sealed record SampleTrigger
{
    private static readonly TimeSpan s_shortestBlock = TimeSpan.FromMicroseconds(100);

    private SampleTrigger(TriggerKind kind, string name) => (Kind, Name) = (kind, name);

    /// <summary>What a profile says of it: <c>off-cpu</c>, <c>sched:sched_process_exec</c>, <c>/lib/libc.so.6:malloc</c>.</summary>
    public string Name { get; }

    internal TriggerKind Kind { get; }

    /// <summary>A tracepoint's category, a probe's file.</summary>
    internal string Place { get; private init; } = "";

    /// <summary>A tracepoint's name, a probe's function.</summary>
    internal string Point { get; private init; } = "";

    internal TimeSpan Minimum { get; private init; }

    /// <summary>What a sample's value is, and its unit.</summary>
    internal (string Type, string Unit) Value => Kind == TriggerKind.OffCpu ? (Name, "nanoseconds") : (Name, "count");

    /// <summary>
    /// Time that threads are blocked (they sleep, wait for a lock, for input), by the stacks at which they stopped: from leaving the CPU to running again. One that is
    /// preempted is not blocked, and kernel threads are left out.
    /// </summary>
    /// <param name="minimum">What is shorter is left out; 100 us unless given.</param>
    public static SampleTrigger OffCpu(TimeSpan? minimum = null) => minimum < TimeSpan.Zero
        ? throw new ArgumentException("the shortest block is not negative", nameof(minimum))
        : new(TriggerKind.OffCpu, "off-cpu") { Minimum = minimum ?? s_shortestBlock };

    /// <summary>Each time that a tracepoint is passed.</summary>
    /// <param name="category">As in /sys/kernel/tracing/events: <c>sched</c>.</param>
    /// <param name="name"><c>sched_process_exec</c>.</param>
    public static SampleTrigger Tracepoint(string category, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(TriggerKind.Tracepoint, $"{category}:{name}") { Place = category, Point = name };
    }

    /// <summary>Each call of a function in a program or library.</summary>
    /// <param name="path">The file; a library's plain name is looked for where the loader looks.</param>
    /// <param name="symbol">The function.</param>
    public static SampleTrigger Uprobe(string path, string symbol)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(symbol);
        return new(TriggerKind.Uprobe, $"{path}:{symbol}") { Place = path, Point = symbol };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

internal enum TriggerKind
{
    OffCpu,
    Tracepoint,
    Uprobe,
}
