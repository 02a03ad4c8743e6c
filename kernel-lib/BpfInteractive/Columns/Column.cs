using System.Text.Json;

namespace BpfInteractive;

/// <summary>
/// One named column of a capture. It never changes once made, so any thread may read it. The kinds are <see cref="Column{T}"/> for numbers
/// and truth values, <see cref="TextColumn"/>, <see cref="BytesColumn"/>, and <see cref="ListColumn"/> for arrays and stacks.
/// </summary>
public abstract class Column
{
    private readonly Validity _validity;
    private int _nullCount = -1;

    private protected Column(string name, ColumnFormat format, int count, Validity validity)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        Format = format;
        Count = count;
        _validity = validity;
    }

    /// <summary>The column's name; a field of a nested struct is <c>outer.inner</c>.</summary>
    public string Name { get; }

    /// <summary>What the values mean, and so how they are printed.</summary>
    public ColumnFormat Format { get; }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>The .NET type of one value: a number, <see cref="bool"/>, <see cref="string"/>, <c>byte[]</c>, or an array for a list.</summary>
    public abstract Type ElementType { get; }

    /// <summary>How many rows have no value.</summary>
    public int NullCount
    {
        get
        {
            if (_nullCount < 0)
            {
                _nullCount = _validity.CountNulls(Count);
            }

            return _nullCount;
        }
    }

    private protected Validity Validity => _validity;

    /// <summary>Whether a row has no value: its record was too short for the field, or nobody could know it.</summary>
    public bool IsNull(int row)
    {
        CheckRow(row);
        return _validity.IsNull(row);
    }

    /// <summary>One value, boxed; null where there is none. For loops over many rows use the typed column's span instead.</summary>
    public abstract object? GetValue(int row);

    /// <summary>One value as text, in the invariant culture, exactly and by the column's <see cref="Format"/>; empty where there is none.</summary>
    public string FormatValue(int row)
    {
        CheckRow(row);
        var text = new TextBuffer(32);
        WriteText(row, text);
        return text.ToString();
    }

    /// <summary>A part of the column, over the same memory.</summary>
    public Column Slice(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + length, Count, nameof(length));
        return SliceCore(start, length);
    }

    /// <summary>The same values under another name or format, over the same memory.</summary>
    public abstract Column With(string? name = null, ColumnFormat? format = null);

    /// <summary>
    /// The bitmap that says which rows have a value, as Arrow lays it out: one bit a row, lowest first, row 0 at <paramref name="bitOffset"/>.
    /// False when every row has a value and there is no bitmap.
    /// </summary>
    public bool TryGetValidity(out ReadOnlyMemory<byte> bitmap, out int bitOffset)
    {
        bitmap = _validity.Bits;
        bitOffset = _validity.BitOffset;
        return !_validity.AllValid;
    }

    /// <summary>The name, the kind of value and the number of rows: <c>comm: text, 1,024 rows</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name}: {KindName}, {Count:N0} rows");

    internal abstract string KindName { get; }

    /// <summary>True where a table should put the values flush right.</summary>
    internal virtual bool IsNumeric => false;

    /// <summary>The type of <see cref="GetValues"/>.</summary>
    internal abstract Type ArrayType { get; }

    /// <summary>Some values as a .NET array; the default where there is none.</summary>
    internal abstract Array GetValues(int start, int length);

    internal abstract Column SliceCore(int start, int length);

    /// <summary>A builder that takes rows of this kind; the way batches are joined.</summary>
    internal abstract ColumnBuilder NewBuilder();

    internal abstract void WriteText(int row, TextBuffer text);

    internal abstract void WriteJson(int row, Utf8JsonWriter json);

    private protected void CheckRow(int row)
    {
        if ((uint)row >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(row), row, $"column '{Name}' has {Count} rows");
        }
    }
}
