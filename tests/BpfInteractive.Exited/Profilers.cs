using BpfInteractive.Exited.Captures;
using BpfInteractive.Exited.Workload;

namespace BpfInteractive.Exited;

/// <summary>The profilers by name.</summary>
public static class Profilers
{
    /// <summary>A profiler that has not started; throws <see cref="ArgumentException"/> for a name that it does not know.</summary>
    public static ICapture Create(string name, TargetFolder targets, int frequency) => name switch
    {
        "bpfi" => new ProfilerCapture(frequency),
        "perf" => new PerfCapture(targets, frequency),
        "late" => new LateMapsCapture(targets, frequency, TimeSpan.FromMilliseconds(10)),
        _ => throw new ArgumentException($"'{name}' is no profiler; there are bpfi, perf and late"),
    };
}
