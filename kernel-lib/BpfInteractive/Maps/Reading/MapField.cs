using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>The columns of a key or of a value, and how bytes become rows of them.</summary>
internal abstract unsafe class MapField
{
    /// <summary>Appends a row for each pointer; what they point to has at least the length beside it and stays during the call.</summary>
    internal abstract void Append(nint[] pointers, int[] lengths, int count);

    internal static MapField ForKey(BpfMap map, ColumnsBuilder columns) => map.Type switch
    {
        BpfMapType.TaskStorage => new NumberField<int>(columns.Add<int>("tid", ColumnFormat.Pid)),
        BpfMapType.StackTrace => new NumberField<uint>(columns.Add<uint>("stack_id")),
        _ => map.KeyType is { } type && type.SizeBytes == map.KeySize ? Typed(type, columns, "key") : Plain(map.KeySize, columns, "key"),
    };

    internal static MapField ForValue(BpfMap map, ColumnsBuilder columns) => map.Type switch
    {
        BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps => new NumberField<uint>(columns.Add<uint>("map_id")),
        BpfMapType.ProgArray => new NumberField<uint>(columns.Add<uint>("program_id")),
        BpfMapType.StackTrace when !((BpfMapFlags)map.Flags).HasFlag(BpfMapFlags.StackBuildId) => new FramesField(columns),
        _ => map.ValueType is { } type && type.SizeBytes == map.ValueSize && type.Resolve().Kind != BtfKind.DataSection
            ? Typed(type, columns, "value")
            : Plain(map.ValueSize, columns, "value"),
    };

    private static DecodedField Typed(BtfType type, ColumnsBuilder columns, string name)
    {
        var isRecord = type.Resolve().Kind is BtfKind.Struct or BtfKind.Union;
        return new DecodedField(RecordDecoder.For(type, columns, isRecord && !Collides(type, columns) ? "" : name));
    }

    private static bool Collides(BtfType type, ColumnsBuilder columns)
    {
        var alone = new ColumnsBuilder("");
        RecordDecoder.For(type, alone, "", DecoderMode.Interpreted);
        return alone.Builders.Any(column => columns.Builders.Any(other => other.Name == column.Name));
    }

    private static MapField Plain(int size, ColumnsBuilder columns, string name) => size switch
    {
        1 => new NumberField<byte>(columns.Add<byte>(name)),
        2 => new NumberField<ushort>(columns.Add<ushort>(name)),
        4 => new NumberField<uint>(columns.Add<uint>(name)),
        8 => new NumberField<ulong>(columns.Add<ulong>(name)),
        _ => new RawField(columns.AddBytes(name)),
    };

    /// <summary>By BTF.</summary>
    private sealed class DecodedField(RecordDecoder decoder) : MapField
    {
        internal override void Append(nint[] pointers, int[] lengths, int count)
        {
            fixed (nint* records = pointers)
            fixed (int* sizes = lengths)
            {
                // SAFETY: both arrays have at least `count` elements; what they point to is the caller's promise.
                decoder.AppendBatch(records, sizes, count);
            }
        }
    }

    /// <summary>A number of the size, for maps without BTF.</summary>
    private sealed class NumberField<T>(ColumnBuilder<T> column) : MapField
        where T : unmanaged
    {
        internal override void Append(nint[] pointers, int[] lengths, int count)
        {
            for (var i = 0; i < count; i++)
            {
                // SAFETY: the caller's promise, and the size of T is that of the key or value.
                column.Append(System.Runtime.CompilerServices.Unsafe.ReadUnaligned<T>((void*)pointers[i]));
            }
        }
    }

    /// <summary>Bytes as they are.</summary>
    private sealed class RawField(BytesColumnBuilder column) : MapField
    {
        internal override void Append(nint[] pointers, int[] lengths, int count)
        {
            for (var i = 0; i < count; i++)
            {
                // SAFETY: the caller's promise.
                column.Append(new ReadOnlySpan<byte>((void*)pointers[i], lengths[i]));
            }
        }
    }

    /// <summary>The addresses of a stack, up to the first zero: the kernel fills the rest of the value with zeros.</summary>
    private sealed class FramesField : MapField
    {
        private readonly ListColumnBuilder _column;

        internal FramesField(ColumnsBuilder columns) =>
            _column = columns.Add(new ListColumnBuilder("frames", new ColumnBuilder<ulong>("frames", ColumnFormat.Address)));

        internal override void Append(nint[] pointers, int[] lengths, int count)
        {
            for (var i = 0; i < count; i++)
            {
                // SAFETY: the caller's promise.
                var frames = MemoryMarshal.Cast<byte, ulong>(new ReadOnlySpan<byte>((void*)pointers[i], lengths[i]));
                var end = frames.IndexOf(0UL);
                _column.Append(end < 0 ? frames : frames[..end]);
            }
        }
    }
}
