namespace BpfInteractive;

/// <summary>
/// Writes captures as a table in plain text, batch after batch under one header: numbers flush right, control characters shown as escapes
/// (a process may choose its own name), long values cut with an ellipsis (paths at their beginning). Widths come from the first batch and grow where a later one needs it.
/// </summary>
/// <param name="output">Where to write.</param>
/// <param name="widest">The widest a column may get, in characters.</param>
public sealed class TableWriter(TextWriter output, int widest = 64)
{
    private readonly TextBuffer _line = new();
    private readonly TextBuffer _cell = new();
    private int[]? _widths;

    /// <summary>Writes the rows of a batch, and the header before the first.</summary>
    /// <exception cref="ArgumentException">The batch has another number of columns than the first.</exception>
    public void Write(Columns batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var first = _widths is null;
        _widths ??= new int[batch.Count];
        if (_widths.Length != batch.Count)
        {
            throw new ArgumentException($"the table has {_widths.Length} columns, this batch {batch.Count}", nameof(batch));
        }

        Measure(batch, headers: first);
        if (first)
        {
            WriteHeader(batch);
        }

        for (var row = 0; row < batch.RowCount; row++)
        {
            WriteRow(batch, row);
        }
    }

    /// <summary>Writes a line for each loss, behind the rows.</summary>
    public void Complete(Losses losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        foreach (var loss in losses)
        {
            output.WriteLine($"lost: {loss}");
        }
    }

    private void Measure(Columns batch, bool headers)
    {
        for (var at = 0; at < batch.Count; at++)
        {
            var column = batch[at];
            var width = headers ? Header(column).Length : _widths![at];
            for (var row = 0; row < column.Count && width < widest; row++)
            {
                Fill(column, row);
                width = Math.Max(width, _cell.Length);
            }

            _widths![at] = Math.Max(_widths[at], Math.Min(widest, width));
        }
    }

    private void WriteHeader(Columns batch)
    {
        for (var at = 0; at < batch.Count; at++)
        {
            _cell.Clear();
            _cell.Append(Header(batch[at]));
            AppendCell(batch, at);
        }

        FlushLine();
    }

    private void WriteRow(Columns batch, int row)
    {
        for (var at = 0; at < batch.Count; at++)
        {
            Fill(batch[at], row);
            AppendCell(batch, at);
        }

        FlushLine();
    }

    private void AppendCell(Columns batch, int at)
    {
        var padding = _widths![at] - _cell.Length;
        var right = batch[at].IsNumeric;
        _line.Append(at == 0 ? "" : "  ");
        _line.Append(' ', right ? padding : 0);
        _line.Append(_cell.Written);
        _line.Append(' ', right ? 0 : padding);
    }

    private void FlushLine()
    {
        output.WriteLine(_line.Written.TrimEnd(' '));
        _line.Clear();
    }

    /// <summary>The cell's text: escaped, and no wider than allowed.</summary>
    private void Fill(Column column, int row)
    {
        _cell.Clear();
        column.WriteText(row, _cell);
        if (_cell.Written.ContainsAnyInRange('\0', '\x1f') || _cell.Written.ContainsAnyInRange('\x7f', '\x9f'))
        {
            var raw = _cell.ToString();
            _cell.Clear();
            foreach (var character in raw)
            {
                _cell.Append(char.IsControl(character) ? FormattableString.Invariant($"\\x{(int)character:x2}") : [character]);
            }
        }

        if (_cell.Length > widest)
        {
            Shorten();
        }
    }

    /// <summary>Of a path the end is kept, where the file's name is; of other text the beginning.</summary>
    private void Shorten()
    {
        if (_cell.Written[0] != '/')
        {
            _cell.Truncate(widest - 1);
            _cell.Append('…');
            return;
        }

        var end = _cell.Written[(_cell.Length - widest + 1)..].ToString();
        _cell.Clear();
        _cell.Append('…');
        _cell.Append(end);
    }

    private static string Header(Column column) => column.Format switch
    {
        ColumnFormat.Nanoseconds => $"{column.Name} (ns)",
        ColumnFormat.Bytes => $"{column.Name} (bytes)",
        _ => column.Name,
    };
}
