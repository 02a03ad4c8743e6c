using System.Text.Json;

namespace BpfInteractive;

/// <summary>A column of byte strings (build ids, raw structures), end to end in one array. Printed as hex without a prefix.</summary>
public sealed class BytesColumn : Column
{
    private readonly int[] _offsets;
    private readonly int _start;
    private readonly byte[] _bytes;

    internal BytesColumn(string name, ColumnFormat format, int[] offsets, int start, int count, byte[] bytes, Validity validity)
        : base(name, format, count, validity)
    {
        _offsets = offsets;
        _start = start;
        _bytes = bytes;
    }

    /// <summary>The bytes of a row; empty where there are none.</summary>
    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            CheckRow(row);
            return Row(row);
        }
    }

    /// <summary>Where each row starts in <see cref="Data"/>; one more than there are rows. The first need not be 0.</summary>
    public ReadOnlyMemory<int> Offsets => _offsets.AsMemory(_start, Count + 1);

    /// <summary>All bytes, end to end.</summary>
    public ReadOnlyMemory<byte> Data => _bytes.AsMemory(0, _offsets[_start + Count]);

    /// <inheritdoc/>
    public override Type ElementType => typeof(byte[]);

    /// <inheritdoc/>
    public override object? GetValue(int row) => IsNull(row) ? null : Row(row).ToArray();

    /// <inheritdoc/>
    public override Column With(string? name = null, ColumnFormat? format = null) =>
        new BytesColumn(name ?? Name, format ?? Format, _offsets, _start, Count, _bytes, Validity);

    internal override string KindName => "bytes";

    internal override Type ArrayType => typeof(byte[][]);

    internal override Array GetValues(int start, int length)
    {
        var values = new byte[length][];
        for (var at = 0; at < length; at++)
        {
            values[at] = Row(start + at).ToArray();
        }

        return values;
    }

    internal override Column SliceCore(int start, int length) =>
        new BytesColumn(Name, Format, _offsets, _start + start, length, _bytes, Validity.Slice(start));

    internal override ColumnBuilder NewBuilder() => new BytesColumnBuilder(Name, Format);

    internal override void WriteText(int row, TextBuffer text)
    {
        foreach (var value in Row(row))
        {
            text.Append(Digit(value >> 4));
            text.Append(Digit(value & 15));
        }

        static char Digit(int value) => "0123456789abcdef"[value];
    }

    internal override void WriteJson(int row, Utf8JsonWriter json)
    {
        if (Validity.IsNull(row))
        {
            json.WriteNullValue();
            return;
        }

        var text = new TextBuffer(64);
        WriteText(row, text);
        json.WriteStringValue(text.Written);
    }

    private ReadOnlySpan<byte> Row(int row)
    {
        var start = _offsets[_start + row];
        return _bytes.AsSpan(start, _offsets[_start + row + 1] - start);
    }
}
