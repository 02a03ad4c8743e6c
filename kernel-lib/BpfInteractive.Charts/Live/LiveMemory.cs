using System.Diagnostics;

namespace BpfInteractive.Charts;

/// <summary>What a live display remembers from frame to frame: the picture of one moment knows only that moment. One thread at a time.</summary>
internal sealed class LiveMemory
{
    /// <summary>Two minutes at two updates a second; a wider line could not be told apart.</summary>
    internal const int Points = 240;

    private readonly Dictionary<string, List<(double Seconds, double Value)>> _series = new(StringComparer.Ordinal);
    // Displays are drawn at most ten times a second; two frames that stand closer come from one that was late, or are the last.
    private const double ShortestSeconds = 0.05;

    private readonly Dictionary<string, (double Seconds, double Value, double? Rate)> _counters = new(StringComparer.Ordinal);
    private readonly long _start = Stopwatch.GetTimestamp();

    internal List<(double Seconds, long[] Counts)> HeatColumns { get; } = [];

    internal long[] LastBuckets { get; set; } = [];

    /// <summary>Seconds since the first frame.</summary>
    internal double Seconds { get; private set; }

    internal IReadOnlyDictionary<string, List<(double Seconds, double Value)>> Series => _series;

    /// <summary>Begins a frame.</summary>
    /// <param name="seconds">Its time; null for the clock's.</param>
    internal void Tick(double? seconds = null) => Seconds = seconds ?? Stopwatch.GetElapsedTime(_start).TotalSeconds;

    internal List<(double Seconds, double Value)> Append(string name, double value)
    {
        if (!_series.TryGetValue(name, out var points))
        {
            _series[name] = points = [];
        }

        points.Add((Seconds, value));
        if (points.Count > Points)
        {
            points.RemoveAt(0);
        }

        return points;
    }

    /// <summary>How fast a counter grows; null in the first frame. One that fell was begun anew. In a time too short to measure it grows as before.</summary>
    internal double? RateOf(string name, double value)
    {
        var isKnown = _counters.TryGetValue(name, out var last);
        if (isKnown && Seconds - last.Seconds < ShortestSeconds)
        {
            return last.Rate;
        }

        double? rate = isKnown ? (value >= last.Value ? value - last.Value : value) / (Seconds - last.Seconds) : null;
        _counters[name] = (Seconds, value, rate);
        return rate;
    }
}
