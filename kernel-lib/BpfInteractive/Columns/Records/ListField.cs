using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// An array: a list column. The element's decoder works from the start of each element. A count of -1 is a flexible array: as many whole
/// elements as the rest of the record holds.
/// </summary>
internal sealed class ListField(ListColumnBuilder builder, FieldDecoder element, int offset, int count, int stride) : FieldDecoder(offset)
{
    internal override int End => Offset + (Math.Max(0, count) * stride);

    internal override ColumnBuilder Builder => builder;

    private protected override void AppendValue(ReadOnlySpan<byte> record)
    {
        var rest = record[Offset..];
        var elements = count < 0 ? rest.Length / stride : count;
        for (var at = 0; at < elements; at++)
        {
            element.Append(rest.Slice(at * stride, stride));
        }

        builder.EndRow();
    }
}

/// <summary>An array of numbers, copied as a whole.</summary>
internal sealed class NumberListField<T>(ListColumnBuilder builder, int offset, int count) : FieldDecoder(offset)
    where T : unmanaged
{
    internal override int End => Offset + (Math.Max(0, count) * Unsafe.SizeOf<T>());

    internal override ColumnBuilder Builder => builder;

    private protected override void AppendValue(ReadOnlySpan<byte> record)
    {
        var bytes = count < 0 ? record[Offset..] : record.Slice(Offset, count * Unsafe.SizeOf<T>());
        ((ColumnBuilder<T>)builder.Elements).Append(MemoryMarshal.Cast<byte, T>(bytes));
        builder.EndRow();
    }
}
