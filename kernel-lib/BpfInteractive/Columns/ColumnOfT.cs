using System.Text.Json;

namespace BpfInteractive;

/// <summary>A column of numbers or truth values, contiguous in memory.</summary>
/// <typeparam name="T">A built-in integer (up to <see cref="UInt128"/>), <see cref="float"/>, <see cref="double"/> or <see cref="bool"/>.</typeparam>
public sealed class Column<T> : Column
    where T : unmanaged
{
    private readonly T[] _values;
    private readonly int _start;

    /// <summary>Makes a column over an array, which is not copied and must not change afterwards.</summary>
    public Column(string name, T[] values, ColumnFormat format = ColumnFormat.None)
        : this(name, format, Checked(values), 0, values.Length, default)
    {
    }

    internal Column(string name, ColumnFormat format, T[] values, int start, int count, Validity validity)
        : base(name, format, count, validity)
    {
        ScalarText.ThrowUnlessSupported<T>();
        _values = values;
        _start = start;
    }

    /// <summary>All values; where a row has none, the default.</summary>
    public ReadOnlySpan<T> Values => _values.AsSpan(_start, Count);

    /// <summary>All values as memory, for those who keep it (Arrow); where a row has none, the default.</summary>
    public ReadOnlyMemory<T> Memory => _values.AsMemory(_start, Count);

    /// <summary>One value; the default where there is none.</summary>
    public T this[int row]
    {
        get
        {
            CheckRow(row);
            return _values[_start + row];
        }
    }

    /// <inheritdoc/>
    public override Type ElementType => typeof(T);

    /// <inheritdoc/>
    public override object? GetValue(int row) => IsNull(row) ? null : _values[_start + row];

    /// <inheritdoc/>
    public override Column With(string? name = null, ColumnFormat? format = null) =>
        new Column<T>(name ?? Name, format ?? Format, _values, _start, Count, Validity);

    internal override string KindName => ScalarText.Name<T>();

    internal override bool IsNumeric => typeof(T) != typeof(bool);

    internal override Type ArrayType => typeof(T[]);

    internal override Array GetValues(int start, int length) => Values.Slice(start, length).ToArray();

    internal override Column SliceCore(int start, int length) =>
        new Column<T>(Name, Format, _values, _start + start, length, Validity.Slice(start));

    internal override ColumnBuilder NewBuilder() => new ColumnBuilder<T>(Name, Format);

    internal override void WriteText(int row, TextBuffer text)
    {
        if (!Validity.IsNull(row))
        {
            ScalarText.Write(text, _values[_start + row], Format);
        }
    }

    internal override void WriteJson(int row, Utf8JsonWriter json)
    {
        if (Validity.IsNull(row))
        {
            json.WriteNullValue();
        }
        else
        {
            ScalarText.WriteJson(json, _values[_start + row], Format);
        }
    }

    private static T[] Checked(T[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values;
    }
}
