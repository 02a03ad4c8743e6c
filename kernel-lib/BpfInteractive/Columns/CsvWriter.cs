namespace BpfInteractive;

/// <summary>
/// Writes captures as CSV (RFC 4180, but with bare line feeds): one header, then the rows of each batch. A row without a value is an empty
/// field, an empty text is <c>""</c>. Addresses are 0x hex, a list is <c>[1, 2]</c>.
/// </summary>
/// <param name="output">Where to write.</param>
public sealed class CsvWriter(TextWriter output)
{
    private readonly TextBuffer _line = new();
    private readonly TextBuffer _field = new();
    private bool _headerWritten;

    /// <summary>Writes the rows of a batch, and the header before the first.</summary>
    public void Write(Columns batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (!_headerWritten)
        {
            WriteHeader(batch);
            _headerWritten = true;
        }

        for (var row = 0; row < batch.RowCount; row++)
        {
            for (var at = 0; at < batch.Count; at++)
            {
                _field.Clear();
                batch[at].WriteText(row, _field);
                AppendField(at, emptyIsValue: !batch[at].IsNull(row));
            }

            FlushLine();
        }
    }

    private void WriteHeader(Columns batch)
    {
        for (var at = 0; at < batch.Count; at++)
        {
            _field.Clear();
            _field.Append(batch[at].Name);
            AppendField(at, emptyIsValue: true);
        }

        FlushLine();
    }

    private void AppendField(int at, bool emptyIsValue)
    {
        if (at > 0)
        {
            _line.Append(',');
        }

        var text = _field.Written;
        var quoted = text.IsEmpty ? emptyIsValue : text.IndexOfAny(",\"\r\n") >= 0;
        if (!quoted)
        {
            _line.Append(text);
            return;
        }

        _line.Append('"');
        foreach (var character in text)
        {
            _line.Append(character == '"' ? "\"\"" : [character]);
        }

        _line.Append('"');
    }

    private void FlushLine()
    {
        _line.Append('\n');
        output.Write(_line.Written);
        _line.Clear();
    }
}
