using System.Diagnostics;

namespace BpfInteractive.Benchmarks;

/// <summary>Medians of repeated measurements. Ours and the peer are measured in turns, so that what else the machine does hits both.</summary>
public static class Measure
{
    /// <summary>The median of a list.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The median milliseconds of <paramref name="rounds"/> calls, after <paramref name="warmup"/> calls that are not counted.</summary>
    public static double Milliseconds(int rounds, Action work, int warmup = 3)
    {
        for (var i = 0; i < warmup; i++)
        {
            work();
        }

        return Median(Enumerable.Range(0, rounds).Select(_ => Once(work)));
    }

    /// <summary>The median milliseconds of two pieces of work, measured in turns after a warm-up.</summary>
    public static (double Ours, double Peer) InTurns(int rounds, Action ours, Action peer, int warmup = 3)
    {
        for (var i = 0; i < warmup; i++)
        {
            ours();
            peer();
        }

        var times = Enumerable.Range(0, rounds).Select(_ => (Ours: Once(ours), Peer: Once(peer))).ToList();
        return (Median(times.Select(time => time.Ours)), Median(times.Select(time => time.Peer)));
    }

    /// <summary>As <see cref="Milliseconds"/>, for work that is awaited.</summary>
    public static async Task<double> MillisecondsAsync(int rounds, Func<Task> work, int warmup = 3)
    {
        var times = new List<double>(rounds);
        for (var i = -warmup; i < rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await work();
            if (i >= 0)
            {
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        return Median(times);
    }

    private static double Once(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
