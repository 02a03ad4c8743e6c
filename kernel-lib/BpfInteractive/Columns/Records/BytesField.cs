namespace BpfInteractive;

/// <summary>An array of unsigned bytes, or a type that has no better column. A length of -1 means the rest of the record.</summary>
internal sealed class BytesField(BytesColumnBuilder builder, int offset, int length) : FieldDecoder(offset)
{
    internal override int End => Offset + Math.Max(0, length);

    internal override ColumnBuilder Builder => builder;

    private protected override void AppendValue(ReadOnlySpan<byte> record) =>
        builder.Append(length < 0 ? record[Offset..] : record.Slice(Offset, length));
}
