namespace BpfInteractive.Charts;

/// <summary>The last records of a buffer, with what is new at each look.</summary>
internal sealed class LiveRecords(RecordBuffer buffer, Func<Columns, LivePicture> draw, int keep)
{
    private Columns? _rows;

    internal LivePicture Draw()
    {
        var added = buffer.Drain();
        var rows = _rows is null ? added : Columns.Concat(_rows, added);
        _rows = rows.RowCount <= keep ? rows : rows.Slice(rows.RowCount - keep, keep);
        var picture = draw(_rows);
        return picture.Losses.IsEmpty ? picture.With(_rows.Losses) : picture;
    }
}
