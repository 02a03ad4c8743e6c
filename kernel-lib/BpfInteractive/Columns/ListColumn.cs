using System.Text.Json;

namespace BpfInteractive;

/// <summary>
/// A column whose rows are lists: an array field, a stack. The elements of all rows lie end to end in <see cref="Elements"/>, which is a column
/// of its own (of numbers, text or, for an array of arrays, lists).
/// </summary>
public sealed class ListColumn : Column
{
    private readonly int[] _offsets;
    private readonly int _start;

    internal ListColumn(string name, ColumnFormat format, int[] offsets, int start, int count, Column elements, Validity validity)
        : base(name, format, count, validity)
    {
        _offsets = offsets;
        _start = start;
        Elements = elements;
    }

    /// <summary>Where each row starts in <see cref="Elements"/>; one more than there are rows. The first need not be 0.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(_start, Count + 1);

    /// <summary>The offsets as memory, for those who keep it (Arrow).</summary>
    public ReadOnlyMemory<int> OffsetsMemory => _offsets.AsMemory(_start, Count + 1);

    /// <summary>The elements of all rows, end to end.</summary>
    public Column Elements { get; }

    /// <summary>The elements of one row as a column of their own, over the same memory.</summary>
    public Column this[int row]
    {
        get
        {
            CheckRow(row);
            var (start, length) = Range(row);
            return Elements.SliceCore(start, length);
        }
    }

    /// <summary>The elements of one row when they are numbers.</summary>
    /// <exception cref="InvalidCastException">The elements are not of that type.</exception>
    public ReadOnlySpan<T> Values<T>(int row)
        where T : unmanaged
    {
        CheckRow(row);
        var (start, length) = Range(row);
        return ((Column<T>)Elements).Values.Slice(start, length);
    }

    /// <summary>An array of the elements' type: <c>ulong[]</c>, <c>string[]</c>.</summary>
    public override Type ElementType => Elements.ArrayType;

    /// <inheritdoc/>
    public override object? GetValue(int row)
    {
        if (IsNull(row))
        {
            return null;
        }

        var (start, length) = Range(row);
        return Elements.GetValues(start, length);
    }

    /// <inheritdoc/>
    public override Column With(string? name = null, ColumnFormat? format = null) =>
        new ListColumn(name ?? Name, format ?? Format, _offsets, _start, Count, format is null ? Elements : Elements.With(null, format), Validity);

    internal override string KindName => $"list of {Elements.KindName}";

    internal override Type ArrayType => typeof(Array[]);

    internal override Array GetValues(int start, int length)
    {
        var values = new Array[length];
        for (var at = 0; at < length; at++)
        {
            values[at] = (Array?)GetValue(start + at) ?? Array.Empty<object>();
        }

        return values;
    }

    internal override Column SliceCore(int start, int length) =>
        new ListColumn(Name, Format, _offsets, _start + start, length, Elements, Validity.Slice(start));

    internal override ColumnBuilder NewBuilder() => new ListColumnBuilder(Name, Elements.NewBuilder());

    internal override void WriteText(int row, TextBuffer text)
    {
        if (Validity.IsNull(row))
        {
            return;
        }

        var (start, length) = Range(row);
        text.Append('[');
        for (var at = 0; at < length; at++)
        {
            text.Append(at == 0 ? "" : ", ");
            Elements.WriteText(start + at, text);
        }

        text.Append(']');
    }

    internal override void WriteJson(int row, Utf8JsonWriter json)
    {
        if (Validity.IsNull(row))
        {
            json.WriteNullValue();
            return;
        }

        var (start, length) = Range(row);
        json.WriteStartArray();
        for (var at = 0; at < length; at++)
        {
            Elements.WriteJson(start + at, json);
        }

        json.WriteEndArray();
    }

    private (int Start, int Length) Range(int row)
    {
        var start = _offsets[_start + row];
        return (start, _offsets[_start + row + 1] - start);
    }
}
