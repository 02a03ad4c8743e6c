namespace BpfInteractive;

/// <summary>Rows of columns by their numbers.</summary>
internal static class RowSelection
{
    internal static Columns Rows(this Columns columns, ReadOnlySpan<int> rows)
    {
        var picked = ColumnsBuilder.Like(columns);
        for (var start = 0; start < rows.Length;)
        {
            var end = start + 1;
            while (end < rows.Length && rows[end] == rows[end - 1] + 1)
            {
                end++;
            }

            foreach (var (builder, column) in picked.Builders.Zip(columns))
            {
                builder.Append(column.Slice(rows[start], end - start));
            }

            start = end;
        }

        return picked.ToColumns().WithLosses(columns.Losses);
    }
}
