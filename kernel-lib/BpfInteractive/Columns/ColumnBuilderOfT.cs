namespace BpfInteractive;

/// <summary>Gathers a column of numbers or truth values.</summary>
/// <typeparam name="T">As in <see cref="Column{T}"/>.</typeparam>
public sealed class ColumnBuilder<T> : ColumnBuilder
    where T : unmanaged
{
    private T[] _values = [];
    private bool _shared;

    /// <summary>Makes an empty builder.</summary>
    public ColumnBuilder(string name, ColumnFormat format = ColumnFormat.None)
        : base(name, format) => ScalarText.ThrowUnlessSupported<T>();

    /// <summary>Adds a row.</summary>
    public void Append(T value)
    {
        var row = Count;
        if ((uint)row >= (uint)_values.Length)
        {
            EnsureCapacity(row + 1);
        }

        _values[row] = value;
        Count = row + 1;
    }

    /// <summary>Adds a row for each value.</summary>
    public void Append(ReadOnlySpan<T> values)
    {
        EnsureCapacity(checked(Count + values.Length));
        values.CopyTo(_values.AsSpan(Count));
        Count += values.Length;
    }

    /// <summary>The rows so far; see <see cref="ColumnBuilder.ToColumn"/>.</summary>
    public new Column<T> ToColumn() => (Column<T>)BuildColumn();

    /// <summary>The memory behind the rows, for a decoder that writes a batch of rows at once.</summary>
    internal T[] Buffer => _values;

    internal override void EnsureCapacity(int rows)
    {
        if (rows > _values.Length)
        {
            _values = Resized(_values, Count, Grown(_values.Length, rows));
            _shared = false;
        }
    }

    private protected override Column BuildColumn()
    {
        _shared = true;
        return new Column<T>(Name, Format, _values, 0, Count, _validity.ToValidity(Count));
    }

    private protected override void AppendDefault() => Append(default(T));

    private protected override void AppendRows(Column column) => Append((column as Column<T> ?? throw WrongKind(column)).Values);

    private protected override void ClearCore()
    {
        if (_shared)
        {
            (_values, _shared) = ([], false);
        }
    }
}
