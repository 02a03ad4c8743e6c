namespace BpfInteractive;

/// <summary>
/// Gathers rows into columns. Add the columns first, then append to each, row by row or batch by batch. <see cref="ToColumns"/> may be
/// called again and again while rows go on coming: nothing is copied. One thread at a time.
/// </summary>
public sealed class ColumnsBuilder(string name)
{
    private readonly List<ColumnBuilder> _columns = [];

    /// <summary>What is captured.</summary>
    public string Name { get; } = name;

    /// <summary>What is known to be missing so far.</summary>
    public Losses Losses { get; set; } = Losses.None;

    /// <summary>The number of rows so far.</summary>
    public int RowCount => _columns.Count == 0 ? 0 : _columns[0].Count;

    /// <summary>The builders, in the order they were added.</summary>
    public IReadOnlyList<ColumnBuilder> Builders => _columns;

    /// <summary>A builder for the columns of a capture, without its rows.</summary>
    public static ColumnsBuilder Like(Columns columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var builder = new ColumnsBuilder(columns.Name);
        foreach (var column in columns)
        {
            builder.Add(column.NewBuilder());
        }

        return builder;
    }

    /// <summary>Adds a column of numbers or truth values.</summary>
    public ColumnBuilder<T> Add<T>(string name, ColumnFormat format = ColumnFormat.None)
        where T : unmanaged => Add(new ColumnBuilder<T>(name, format));

    /// <summary>Adds a column of text.</summary>
    public TextColumnBuilder AddText(string name) => Add(new TextColumnBuilder(name));

    /// <summary>Adds a column of byte strings.</summary>
    public BytesColumnBuilder AddBytes(string name) => Add(new BytesColumnBuilder(name));

    /// <summary>Adds a column of lists of numbers.</summary>
    public ListColumnBuilder AddList<T>(string name, ColumnFormat format = ColumnFormat.None)
        where T : unmanaged => Add(new ListColumnBuilder(name, new ColumnBuilder<T>(name, format)));

    /// <summary>Adds a column by its builder.</summary>
    /// <exception cref="ArgumentException">There is a column of that name.</exception>
    public TBuilder Add<TBuilder>(TBuilder builder)
        where TBuilder : ColumnBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (_columns.Exists(other => other.Name == builder.Name))
        {
            throw new ArgumentException($"two columns are called '{builder.Name}'", nameof(builder));
        }

        _columns.Add(builder);
        return builder;
    }

    /// <summary>Adds the rows of a capture of the same shape, and its losses.</summary>
    /// <exception cref="ArgumentException">It has other columns; nothing was added.</exception>
    public void Append(Columns batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ThrowUnlessLike(batch);
        for (var at = 0; at < _columns.Count; at++)
        {
            _columns[at].Append(batch[at]);
        }

        Losses = Losses.Plus(batch.Losses);
    }

    /// <summary>The rows and losses so far, over the same memory as the builder: a snapshot that costs nothing a row.</summary>
    /// <exception cref="InvalidOperationException">A row is unfinished: the columns differ in length.</exception>
    public Columns ToColumns()
    {
        foreach (var column in _columns)
        {
            if (column.Count != RowCount)
            {
                throw new InvalidOperationException($"a row is unfinished: '{column.Name}' has {column.Count} rows, '{_columns[0].Name}' {RowCount}");
            }
        }

        return new Columns(Name, _columns.Select(column => column.ToColumn()), Losses);
    }

    /// <summary>Starts again at no rows and no losses; see <see cref="ColumnBuilder.Clear"/>.</summary>
    public void Clear()
    {
        foreach (var column in _columns)
        {
            column.Clear();
        }

        Losses = Losses.None;
    }

    /// <summary>Makes room for a number of rows in all, so that reaching it allocates nothing.</summary>
    public void EnsureCapacity(int rows)
    {
        foreach (var column in _columns)
        {
            column.EnsureCapacity(rows);
        }
    }

    private void ThrowUnlessLike(Columns batch)
    {
        var same = batch.Count == _columns.Count;
        for (var at = 0; same && at < batch.Count; at++)
        {
            same = batch[at].Name == _columns[at].Name && batch[at].KindName == _columns[at].ToColumn().KindName;
        }

        if (!same)
        {
            var have = string.Join(", ", _columns.Select(column => column.ToColumn().ToString()));
            throw new ArgumentException($"the columns differ: {string.Join(", ", batch.Select(column => column.ToString()))} do not fit {have}", nameof(batch));
        }
    }
}
