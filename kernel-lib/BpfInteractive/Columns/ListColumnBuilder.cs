namespace BpfInteractive;

/// <summary>
/// Gathers a column of lists: append the elements of a row to <see cref="Elements"/>, then close the row with <see cref="EndRow"/>.
/// </summary>
public sealed class ListColumnBuilder : ColumnBuilder
{
    private int[] _offsets = [0];
    private bool _shared;

    /// <summary>Makes an empty builder over the builder of its elements.</summary>
    public ListColumnBuilder(string name, ColumnBuilder elements)
        : base(name, Checked(elements).Format) => Elements = elements;

    /// <summary>The elements of all rows.</summary>
    public ColumnBuilder Elements { get; }

    /// <summary>Closes a row: it has the elements that were appended since the last one.</summary>
    public void EndRow()
    {
        EnsureCapacity(Count + 1);
        _offsets[++Count] = Elements.Count;
    }

    /// <summary>Adds a row of numbers.</summary>
    /// <exception cref="InvalidCastException">The elements are not of that type.</exception>
    public void Append<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ((ColumnBuilder<T>)Elements).Append(values);
        EndRow();
    }

    /// <summary>The rows so far; see <see cref="ColumnBuilder.ToColumn"/>.</summary>
    public new ListColumn ToColumn() => (ListColumn)BuildColumn();

    internal override void EnsureCapacity(int rows)
    {
        if (rows >= _offsets.Length)
        {
            _offsets = Resized(_offsets, Count + 1, Grown(_offsets.Length, rows + 1L));
            _shared = false;
        }
    }

    private protected override Column BuildColumn()
    {
        _shared = true;
        return new ListColumn(Name, Format, _offsets, 0, Count, Elements.ToColumn(), _validity.ToValidity(Count));
    }

    private protected override void AppendDefault() => EndRow();

    private protected override void AppendRows(Column column)
    {
        var list = column as ListColumn ?? throw WrongKind(column);
        var offsets = list.Offsets;
        var shift = Elements.Count - offsets[0];
        Elements.Append(list.Elements.Slice(offsets[0], offsets[^1] - offsets[0]));
        EnsureCapacity(checked(Count + list.Count));
        foreach (var end in offsets[1..])
        {
            _offsets[++Count] = end + shift;
        }
    }

    private protected override void ClearCore()
    {
        Elements.Clear();
        if (_shared)
        {
            (_offsets, _shared) = ([0], false);
        }
    }

    private static ColumnBuilder Checked(ColumnBuilder elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        return elements;
    }
}
