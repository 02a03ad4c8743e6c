namespace BpfInteractive.Charts;

/// <summary>Counts by powers of two: number n has the values from 2^n to below 2^(n+1), the first also 0.</summary>
internal static class Log2Buckets
{
    internal static long[] Of(IEnumerable<ulong> counts) => [.. counts.Take(64).Select(count => (long)Math.Min(count, long.MaxValue))];

    internal static long[] Of(Column column)
    {
        var buckets = new long[64];
        foreach (var value in ColumnCharts.Numbers(column))
        {
            if (value is { } number)
            {
                buckets[number < 2 ? 0 : Math.Min(63, (int)Math.Floor(Math.Log2(number)))]++;
            }
        }

        return buckets;
    }

    /// <summary>The first and the last bucket that hold anything.</summary>
    internal static (int First, int Last) Range(params IEnumerable<long[]> all)
    {
        var filled = all.SelectMany(buckets => Enumerable.Range(0, buckets.Length).Where(at => buckets[at] > 0)).ToList();
        return filled.Count == 0 ? (0, 0) : (filled.Min(), filled.Max());
    }

    /// <summary>Where a bucket begins.</summary>
    internal static string NameOf(int bucket, ColumnFormat format) => bucket == 0 ? "0" : Human.Number(Math.Pow(2, bucket), format);
}
