using System.Globalization;

namespace BpfInteractive;

/// <summary>The CPUs that are online, how often the kernel lets one be sampled, and how much of a stack it keeps.</summary>
internal static class CpuList
{
    /// <summary>The numbers of the CPUs that are online now.</summary>
    internal static IReadOnlyList<int> Online =>
        SettingProbes.Read("/sys/devices/system/cpu/online") is { } text ? Parse(text) : [.. Enumerable.Range(0, Environment.ProcessorCount)];

    /// <summary>kernel.perf_event_max_sample_rate, or null when it is not told.</summary>
    internal static int? MostFrequent => Setting("perf_event_max_sample_rate");

    /// <summary>kernel.perf_event_max_stack: the most frames of a stack, or null when it is not told.</summary>
    internal static int? DeepestStack => Setting("perf_event_max_stack");

    /// <summary>"0-3,8" is 0, 1, 2, 3, 8.</summary>
    internal static IReadOnlyList<int> Parse(string text)
    {
        var cpus = new List<int>();
        foreach (var range in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var dash = range.IndexOf('-', StringComparison.Ordinal);
            var first = int.Parse(dash < 0 ? range : range.AsSpan(0, dash), CultureInfo.InvariantCulture);
            var last = dash < 0 ? first : int.Parse(range.AsSpan(dash + 1), CultureInfo.InvariantCulture);
            cpus.AddRange(Enumerable.Range(first, last - first + 1));
        }

        return cpus;
    }

    private static int? Setting(string name) =>
        int.TryParse(SettingProbes.Read("/proc/sys/kernel/" + name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
