using Apache.Arrow;
using Apache.Arrow.Types;

namespace BpfInteractive.Analysis;

/// <summary>One column as an Arrow array over the same memory.</summary>
internal static class ArrowArrays
{
    internal static IArrowArray Make(Column column) => column switch
    {
        Column<ulong> c => new UInt64Array(Values(c)),
        Column<long> c => new Int64Array(Values(c)),
        Column<uint> c => new UInt32Array(Values(c)),
        Column<int> c => new Int32Array(Values(c)),
        Column<ushort> c => new UInt16Array(Values(c)),
        Column<short> c => new Int16Array(Values(c)),
        Column<byte> c => new UInt8Array(Values(c)),
        Column<sbyte> c => new Int8Array(Values(c)),
        Column<double> c => new DoubleArray(Values(c)),
        Column<float> c => new FloatArray(Values(c)),
        Column<bool> c => new BooleanArray(Packed(c), Validity(c), c.Count, c.NullCount, 0),
        TextColumn c => Text(c),
        BytesColumn c => new BinaryArray(new ArrayData(BinaryType.Default, c.Count, c.NullCount, 0, [Validity(c), Buffer(c.Offsets), new ArrowBuffer(c.Data)])),
        ListColumn c => List(c),
        _ => Formatted(column),
    };

    private static ArrayData Values<T>(Column<T> column)
        where T : unmanaged =>
        new(TypeOf<T>(), column.Count, column.NullCount, 0, [Validity(column), Buffer(column.Memory)]);

    private static IArrowType TypeOf<T>() => default(T) switch
    {
        ulong => UInt64Type.Default,
        long => Int64Type.Default,
        uint => UInt32Type.Default,
        int => Int32Type.Default,
        ushort => UInt16Type.Default,
        short => Int16Type.Default,
        byte => UInt8Type.Default,
        sbyte => Int8Type.Default,
        double => DoubleType.Default,
        _ => FloatType.Default,
    };

    private static DictionaryArray Text(TextColumn column)
    {
        var dictionary = column.Dictionary;
        var codes = new Int32Array(Buffer(column.CodesMemory), Validity(column), column.Count, column.NullCount, 0);
        var texts = new StringArray(dictionary.Count, Buffer(dictionary.Offsets), new ArrowBuffer(dictionary.Bytes), ArrowBuffer.Empty);
        return new DictionaryArray(new DictionaryType(Int32Type.Default, StringType.Default, ordered: false), codes, texts);
    }

    private static ListArray List(ListColumn column)
    {
        var elements = Make(column.Elements);
        return new ListArray(new ListType(elements.Data.DataType), column.Count, Buffer(column.OffsetsMemory), elements, Validity(column), column.NullCount);
    }

    private static StringArray Formatted(Column column)
    {
        var texts = new StringArray.Builder();
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsNull(row))
            {
                texts.AppendNull();
            }
            else
            {
                texts.Append(column.FormatValue(row));
            }
        }

        return texts.Build();
    }

    private static ArrowBuffer Packed(Column<bool> column)
    {
        var bits = new byte[(column.Count + 7) / 8];
        for (var row = 0; row < column.Count; row++)
        {
            bits[row >> 3] |= (byte)(column[row] ? 1 << (row & 7) : 0);
        }

        return new ArrowBuffer(bits);
    }

    private static ArrowBuffer Buffer<T>(ReadOnlyMemory<T> memory)
        where T : unmanaged => new(ColumnMemory.AsBytes(memory));

    private static ArrowBuffer Validity(Column column) => new(ColumnMemory.Validity(column));
}
