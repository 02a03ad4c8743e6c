using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace BpfInteractive;

/// <summary>
/// A capture: named columns of one length, and what is known to be missing from them. It never changes once made, so any thread may read it.
/// Everything that this library reads comes in this form; data frames, Arrow, charts and files are made from it.
/// </summary>
public sealed class Columns : IReadOnlyList<Column>
{
    private readonly Column[] _columns;

    /// <summary>Makes a capture of columns.</summary>
    /// <exception cref="ArgumentException">The columns differ in length, or two have one name.</exception>
    public Columns(string name, IEnumerable<Column> columns, Losses? losses = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(columns);
        Name = name;
        Losses = losses ?? Losses.None;
        _columns = [.. columns];
        RowCount = _columns.Length == 0 ? 0 : _columns[0].Count;
        for (var at = 0; at < _columns.Length; at++)
        {
            var column = _columns[at];
            if (column.Count != RowCount)
            {
                throw new ArgumentException($"column '{column.Name}' has {column.Count} rows, '{_columns[0].Name}' has {RowCount}", nameof(columns));
            }

            if (IndexOf(column.Name) != at)
            {
                throw new ArgumentException($"two columns are called '{column.Name}'", nameof(columns));
            }
        }
    }

    /// <summary>What was captured: the ring buffer's, the map's, the iterator's name.</summary>
    public string Name { get; }

    /// <summary>The number of rows.</summary>
    public int RowCount { get; }

    /// <summary>What is known to be missing.</summary>
    public Losses Losses { get; }

    /// <summary>The number of columns.</summary>
    public int Count => _columns.Length;

    /// <inheritdoc/>
    public Column this[int index] => _columns[index];

    /// <summary>The column of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public Column this[string name] => TryGet(name, out var column)
        ? column
        : throw new KeyNotFoundException($"'{Name}' has no column '{name}'; it has {(Count == 0 ? "none" : string.Join(", ", _columns.Select(c => c.Name)))}");

    /// <summary>The numbers of a column, contiguous in memory.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    /// <exception cref="InvalidCastException">It holds another type; the message names it.</exception>
    public ReadOnlySpan<T> Values<T>(string name)
        where T : unmanaged => As<Column<T>>(name, typeof(T).Name).Values;

    /// <summary>A column of text.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    /// <exception cref="InvalidCastException">It holds another type; the message names it.</exception>
    public TextColumn Text(string name) => As<TextColumn>(name, "text");

    /// <summary>A column of lists: an array field, a stack.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    /// <exception cref="InvalidCastException">It holds another type; the message names it.</exception>
    public ListColumn List(string name) => As<ListColumn>(name, "lists");

    /// <summary>Looks for the column of a name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Column? column)
    {
        var at = IndexOf(name);
        column = at < 0 ? null : _columns[at];
        return at >= 0;
    }

    /// <summary>The position of the column of a name, or -1.</summary>
    public int IndexOf(string name) => Array.FindIndex(_columns, column => column.Name == name);

    /// <summary>Some of the rows, over the same memory. The losses stay: they concern the whole.</summary>
    public Columns Slice(int start, int length) => new(Name, _columns.Select(column => column.Slice(start, length)), Losses);

    /// <summary>Some of the columns, in the order given, over the same memory.</summary>
    public Columns Select(params IEnumerable<string> names) => new(Name, names.Select(name => this[name]), Losses);

    /// <summary>The same capture under other losses.</summary>
    public Columns WithLosses(Losses losses) => new(Name, _columns, losses);

    /// <summary>The rows of several captures of one shape, one after the other, and the sum of their losses.</summary>
    /// <exception cref="ArgumentException">There is none, or they differ in the names or kinds of their columns.</exception>
    public static Columns Concat(params IEnumerable<Columns> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        var list = batches as IReadOnlyList<Columns> ?? [.. batches];
        if (list.Count == 0)
        {
            throw new ArgumentException("there is nothing to join: no batch tells which columns there are", nameof(batches));
        }

        if (list.Count == 1)
        {
            return list[0];
        }

        var joined = ColumnsBuilder.Like(list[0]);
        joined.EnsureCapacity(checked((int)Math.Min(Array.MaxLength, list.Sum(batch => (long)batch.RowCount))));
        foreach (var batch in list)
        {
            joined.Append(batch);
        }

        return joined.ToColumns();
    }

    /// <summary>The rows as a table in plain text.</summary>
    /// <param name="rows">How many rows at most; the rest is counted in a last line.</param>
    public string ToTable(int rows = int.MaxValue)
    {
        using var text = new StringWriter();
        var table = new TableWriter(text);
        table.Write(RowCount <= rows ? this : Slice(0, rows));
        if (RowCount > rows)
        {
            text.WriteLine(FormattableString.Invariant($"... {RowCount - rows:N0} more rows"));
        }

        table.Complete(Losses);
        return text.ToString();
    }

    /// <summary>The first twenty rows as a table, and the losses.</summary>
    public override string ToString() => ToTable(20);

    /// <inheritdoc/>
    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)_columns).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private TColumn As<TColumn>(string name, string wanted)
        where TColumn : Column
    {
        var column = this[name];
        return column as TColumn ?? throw new InvalidCastException($"column '{name}' holds {column.KindName}, not {wanted}");
    }
}
