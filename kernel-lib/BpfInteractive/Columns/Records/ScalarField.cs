using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>An integer, float or pointer that fills whole bytes.</summary>
internal sealed class ScalarField<T>(ColumnBuilder<T> builder, int offset) : FieldDecoder(offset)
    where T : unmanaged
{
    internal override int End => Offset + Unsafe.SizeOf<T>();

    internal override ColumnBuilder Builder => builder;

    internal override Array DirectBuffer => builder.Buffer;

    internal override int ElementWidth => Unsafe.SizeOf<T>();

    private protected override void AppendValue(ReadOnlySpan<byte> record) => builder.Append(MemoryMarshal.Read<T>(record[Offset..]));
}

/// <summary>A truth value: any integer or bit-field, true when not zero, because C code may leave any byte in a bool.</summary>
internal sealed class BoolField(ColumnBuilder<bool> builder, IntegerSource source) : FieldDecoder(source.Offset)
{
    internal IntegerSource Source => source;

    internal override int End => source.End;

    internal override ColumnBuilder Builder => builder;

    internal override Array DirectBuffer => builder.Buffer;

    internal override int ElementWidth => sizeof(bool);

    private protected override void AppendValue(ReadOnlySpan<byte> record) => builder.Append(source.Read(record) != 0);
}

/// <summary>A bit-field, in a column of the type it was declared with.</summary>
internal sealed class BitField<T>(ColumnBuilder<T> builder, IntegerSource source) : FieldDecoder(source.Offset), IBitField
    where T : unmanaged
{
    public IntegerSource Source => source;

    internal override int End => source.End;

    internal override ColumnBuilder Builder => builder;

    internal override Array DirectBuffer => builder.Buffer;

    internal override int ElementWidth => Unsafe.SizeOf<T>();

    private protected override void AppendValue(ReadOnlySpan<byte> record)
    {
        var value = source.Read(record);
        builder.Append(Unsafe.As<long, T>(ref value));
    }
}

/// <summary>What the compiler asks of a <see cref="BitField{T}"/> without knowing its type.</summary>
internal interface IBitField
{
    IntegerSource Source { get; }
}
