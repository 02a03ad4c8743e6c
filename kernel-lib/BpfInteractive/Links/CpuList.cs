using System.Globalization;

namespace BpfInteractive;

/// <summary>The CPUs that are online, and how often the kernel lets one be sampled.</summary>
internal static class CpuList
{
    /// <summary>The numbers of the CPUs that are online now.</summary>
    internal static IReadOnlyList<int> Online =>
        SettingProbes.Read("/sys/devices/system/cpu/online") is { } text ? Parse(text) : [.. Enumerable.Range(0, Environment.ProcessorCount)];

    /// <summary>kernel.perf_event_max_sample_rate, or null when it is not told.</summary>
    internal static int? MostFrequent =>
        int.TryParse(SettingProbes.Read("/proc/sys/kernel/perf_event_max_sample_rate"), NumberStyles.None, CultureInfo.InvariantCulture, out var rate) ? rate : null;

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
}
