using Microsoft.Data.Analysis;

namespace BpfInteractive.Analysis;

/// <summary>
/// Sums and means of 64-bit numbers that are right or fail: DataFrame's own wrap around without a word (the mean of 2^64-1 and 1 is 0).
/// </summary>
public static class CheckedSums
{
    /// <summary>The sum of the values there are.</summary>
    /// <exception cref="OverflowException">It does not fit in 64 bits; the message has it.</exception>
    public static ulong SumChecked(this Column<ulong> column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return Fit(Sum(column.Values), column.Name);
    }

    /// <summary>The mean of the values there are; NaN when there are none.</summary>
    public static double MeanChecked(this Column<ulong> column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return Mean(Sum(column.Values), column.Count - column.NullCount);
    }

    /// <summary>The sum of the values there are.</summary>
    /// <exception cref="OverflowException">It does not fit in 64 bits; the message has it.</exception>
    public static ulong SumChecked(this PrimitiveDataFrameColumn<ulong> column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return Fit(Sum(column).Sum, column.Name);
    }

    /// <summary>The mean of the values there are; NaN when there are none.</summary>
    public static double MeanChecked(this PrimitiveDataFrameColumn<ulong> column)
    {
        ArgumentNullException.ThrowIfNull(column);
        var (sum, count) = Sum(column);
        return Mean(sum, count);
    }

    // A row without a value holds 0.
    private static UInt128 Sum(ReadOnlySpan<ulong> values)
    {
        UInt128 sum = 0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum;
    }

    private static (UInt128 Sum, long Count) Sum(PrimitiveDataFrameColumn<ulong> column)
    {
        UInt128 sum = 0;
        long count = 0;
        foreach (var value in column)
        {
            sum += value ?? 0;
            count += value is null ? 0 : 1;
        }

        return (sum, count);
    }

    private static double Mean(UInt128 sum, long count) => count == 0 ? double.NaN : (double)sum / count;

    private static ulong Fit(UInt128 sum, string name) => sum <= ulong.MaxValue
        ? (ulong)sum
        : throw new OverflowException($"the sum of '{name}' is {sum}, which does not fit in 64 bits");
}
