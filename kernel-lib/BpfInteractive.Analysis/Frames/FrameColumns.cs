using Microsoft.Data.Analysis;

namespace BpfInteractive.Analysis;

/// <summary>One column of a capture as one of a DataFrame.</summary>
internal static class FrameColumns
{
    internal static DataFrameColumn Make(Column column, ListForm lists) => column switch
    {
        Column<ulong> c => new UInt64DataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<long> c => new Int64DataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<uint> c => new UInt32DataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<int> c => new Int32DataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<ushort> c => new UInt16DataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<short> c => new Int16DataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<byte> c => new ByteDataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<sbyte> c => new SByteDataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<double> c => new DoubleDataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<float> c => new SingleDataFrameColumn(c.Name, Bytes(c), Nulls(c), c.Count, c.NullCount),
        Column<bool> c => new BooleanDataFrameColumn(c.Name, Enumerable.Range(0, c.Count).Select(row => c.IsNull(row) ? (bool?)null : c[row])),
        TextColumn c => Texts(c),
        ListColumn c when lists == ListForm.Ids => new Int32DataFrameColumn(c.Name, ListTables.IdsOf(c)),
        _ => new StringDataFrameColumn(column.Name, Enumerable.Range(0, column.Count).Select(row => column.IsNull(row) ? null : column.FormatValue(row))),
    };

    private static ReadOnlyMemory<byte> Bytes<T>(Column<T> column)
        where T : unmanaged => ColumnMemory.AsBytes(column.Memory);

    /// <summary>A DataFrame wants a bit for each row even when all have a value.</summary>
    private static ReadOnlyMemory<byte> Nulls(Column column)
    {
        if (ColumnMemory.Validity(column) is { IsEmpty: false } bitmap)
        {
            return bitmap;
        }

        var all = new byte[(column.Count + 7) / 8];
        Array.Fill(all, byte.MaxValue);
        return all;
    }

    private static StringDataFrameColumn Texts(TextColumn column)
    {
        var strings = new string?[column.Count];
        var codes = column.Codes;
        var dictionary = column.Dictionary;
        for (var row = 0; row < strings.Length; row++)
        {
            strings[row] = codes[row] < 0 ? null : dictionary[codes[row]];
        }

        return new StringDataFrameColumn(column.Name, strings);
    }
}
