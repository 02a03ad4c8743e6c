using System.Diagnostics;

namespace BpfInteractive;

/// <summary>A point of the monotonic clock by which something ends.</summary>
internal readonly struct Deadline
{
    private readonly long _at;

    private Deadline(long at) => _at = at;

    internal static Deadline Never => new(long.MaxValue);

    internal bool IsPast => _at != long.MaxValue && Stopwatch.GetTimestamp() >= _at;

    /// <summary>The point after a time; never for null and for what is too long to count.</summary>
    internal static Deadline In(TimeSpan? time)
    {
        if (time is not { } span || span == Timeout.InfiniteTimeSpan || span > TimeSpan.FromDays(3650))
        {
            return Never;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero, nameof(time));
        return new Deadline(Stopwatch.GetTimestamp() + (long)(span.TotalSeconds * Stopwatch.Frequency));
    }

    /// <summary>The milliseconds until then, rounded up, at most <paramref name="most"/>.</summary>
    internal int Milliseconds(int most)
    {
        if (_at == long.MaxValue)
        {
            return most;
        }

        var ticks = Math.Max(0, _at - Stopwatch.GetTimestamp());
        return (int)Math.Min(most, ((ticks * 1000) + Stopwatch.Frequency - 1) / Stopwatch.Frequency);
    }
}
