namespace BpfInteractive;

/// <summary>One moment on the three clocks. With one at the start and one at the end, a sample's time becomes a time of day even when the wall clock was set meanwhile.</summary>
/// <param name="MonotonicNs">CLOCK_MONOTONIC, the clock of all times in a profile.</param>
/// <param name="BootNs">CLOCK_BOOTTIME: the same, counting sleep.</param>
/// <param name="UnixNs">CLOCK_REALTIME: nanoseconds since 1970-01-01 UTC.</param>
public readonly record struct ClockReading(long MonotonicNs, long BootNs, long UnixNs);

/// <summary>What is true of a profile as a whole.</summary>
public sealed record ProfileInfo
{
    /// <summary>What made a sample: <c>cpu-clock</c>, <c>cycles</c>, a tracepoint.</summary>
    public string Event { get; init; } = "cpu-clock";

    /// <summary>What a sample's value is, as pprof names it: <c>cpu</c>, <c>off-cpu</c>, <c>faults</c>.</summary>
    public string ValueType { get; init; } = "cpu";

    /// <summary>The value's unit: <c>nanoseconds</c>, <c>count</c>, <c>bytes</c>.</summary>
    public string ValueUnit { get; init; } = "nanoseconds";

    /// <summary>Samples a second and CPU; 0 where samples come by period.</summary>
    public double FrequencyHz { get; init; }

    /// <summary>Events between two samples; 0 where they come by frequency.</summary>
    public long Period { get; init; }

    /// <summary>The clocks at the start.</summary>
    public ClockReading Start { get; init; }

    /// <summary>The clocks at the end.</summary>
    public ClockReading End { get; init; }

    /// <summary>The machine's name.</summary>
    public string Host { get; init; } = "";

    /// <summary>The kernel's release.</summary>
    public string KernelRelease { get; init; } = "";

    /// <summary>What was sampled: <c>all CPUs</c>, <c>process 12</c>, a command.</summary>
    public string Target { get; init; } = "";

    /// <summary>The bytes that came from the kernel through the sampler's rings; 0 where there were none.</summary>
    public long RingBytes { get; init; }

    /// <summary>What a reader must know: fallbacks and what they lose, that idle is left out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How long it took.</summary>
    public TimeSpan Duration => TimeSpan.FromTicks(Math.Max(0, End.MonotonicNs - Start.MonotonicNs) / 100);
}
