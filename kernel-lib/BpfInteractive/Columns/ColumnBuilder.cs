namespace BpfInteractive;

/// <summary>
/// Gathers the rows of one column. It grows by doubling, so a row allocates nothing of its own. One thread at a time.
/// </summary>
public abstract class ColumnBuilder
{
    private protected ValidityBuilder _validity;

    private protected ColumnBuilder(string name, ColumnFormat format)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        Format = format;
    }

    /// <summary>The column's name.</summary>
    public string Name { get; }

    /// <summary>What the values mean.</summary>
    public ColumnFormat Format { get; }

    /// <summary>The number of rows so far.</summary>
    public int Count { get; private protected set; }

    /// <summary>Adds a row without a value.</summary>
    public void AppendNull()
    {
        AppendDefault();
        _validity.SetNull(Count - 1);
    }

    /// <summary>Adds the rows of a column of the same kind.</summary>
    /// <exception cref="ArgumentException">The column holds another kind of value.</exception>
    public void Append(Column column)
    {
        ArgumentNullException.ThrowIfNull(column);
        var first = Count;
        AppendRows(column);
        if (column.TryGetValidity(out _, out _))
        {
            for (var row = 0; row < column.Count; row++)
            {
                if (column.IsNull(row))
                {
                    _validity.SetNull(first + row);
                }
            }
        }
    }

    /// <summary>
    /// The rows so far. Nothing is copied: the column shares the builder's memory, which is only ever appended to until
    /// <see cref="Clear"/> leaves it to the columns that hold it.
    /// </summary>
    public Column ToColumn() => BuildColumn();

    /// <summary>Starts again at no rows, in the same memory when no column was made of it.</summary>
    public void Clear()
    {
        Count = 0;
        _validity.Clear();
        ClearCore();
    }

    /// <summary>Makes room for a number of rows in all.</summary>
    internal abstract void EnsureCapacity(int rows);

    /// <summary>Says that rows were written into the memory directly.</summary>
    internal virtual void SetCount(int rows) => Count = rows;

    internal void SetNull(int row) => _validity.SetNull(row);

    private protected abstract Column BuildColumn();

    private protected abstract void AppendDefault();

    private protected abstract void AppendRows(Column column);

    private protected abstract void ClearCore();

    private protected ArgumentException WrongKind(Column column) =>
        new($"column '{Name}' cannot take the rows of {column}", nameof(column));

    /// <summary>The capacity to grow to: at least what is needed, at least double.</summary>
    private protected static int Grown(int capacity, long needed) => needed > Array.MaxLength
        ? throw new InvalidOperationException("a column is full: it holds at most 2,147,483,591 values; take the rows in batches")
        : (int)Math.Max(needed, Math.Min(Array.MaxLength, Math.Max(16, capacity * 2L)));

    private protected static T[] Resized<T>(T[] array, int used, int capacity)
    {
        var grown = GC.AllocateUninitializedArray<T>(capacity);
        array.AsSpan(0, used).CopyTo(grown);
        return grown;
    }
}
