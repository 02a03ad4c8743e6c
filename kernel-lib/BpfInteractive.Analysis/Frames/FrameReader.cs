using System.Globalization;
using Microsoft.Data.Analysis;

namespace BpfInteractive.Analysis;

/// <summary>One column of a DataFrame as one of a capture.</summary>
internal static class FrameReader
{
    internal static Column Read(DataFrameColumn column) => column switch
    {
        PrimitiveDataFrameColumn<ulong> c => Numbers(c),
        PrimitiveDataFrameColumn<long> c => Numbers(c),
        PrimitiveDataFrameColumn<uint> c => Numbers(c),
        PrimitiveDataFrameColumn<int> c => Numbers(c),
        PrimitiveDataFrameColumn<ushort> c => Numbers(c),
        PrimitiveDataFrameColumn<short> c => Numbers(c),
        PrimitiveDataFrameColumn<byte> c => Numbers(c),
        PrimitiveDataFrameColumn<sbyte> c => Numbers(c),
        PrimitiveDataFrameColumn<double> c => Numbers(c),
        PrimitiveDataFrameColumn<float> c => Numbers(c),
        PrimitiveDataFrameColumn<bool> c => Numbers(c),
        _ => Texts(column),
    };

    private static Column<T> Numbers<T>(PrimitiveDataFrameColumn<T> column)
        where T : unmanaged
    {
        var builder = new ColumnBuilder<T>(column.Name, column.FormatOf());
        foreach (var value in column)
        {
            if (value is { } number)
            {
                builder.Append(number);
            }
            else
            {
                builder.AppendNull();
            }
        }

        return builder.ToColumn();
    }

    private static TextColumn Texts(DataFrameColumn column) =>
        TextColumn.Of(column.Name, Enumerable.Range(0, checked((int)column.Length)).Select(row => Convert.ToString(column[row], CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : column[row] as string));
}
