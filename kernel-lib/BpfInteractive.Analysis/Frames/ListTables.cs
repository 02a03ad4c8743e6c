namespace BpfInteractive.Analysis;

/// <summary>Lists (stacks, arrays) by number: the form in which tools without lists take them.</summary>
public static class ListTables
{
    /// <summary>
    /// The distinct lists of a column as a table of their own, one row an element: <c>id</c> (in order of first sight, as
    /// <see cref="ListForm.Ids"/> numbers them), <c>index</c> (from 0 on) and <c>value</c>.
    /// </summary>
    public static Columns ListTable(this Columns columns, string name)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var column = columns.List(name);
        var ids = new ColumnBuilder<int>("id");
        var indexes = new ColumnBuilder<int>("index");
        var rows = new List<int>();
        var known = -1;
        var rowIds = IdsOf(column);
        for (var row = 0; row < column.Count; row++)
        {
            if (rowIds[row] is not { } id || id <= known)
            {
                continue;
            }

            known = id;
            for (var index = 0; index < column[row].Count; index++)
            {
                ids.Append(id);
                indexes.Append(index);
            }

            rows.Add(row);
        }

        var values = column.Elements.Slice(0, 0);
        return new Columns($"{columns.Name}.{name}", [ids.ToColumn(), indexes.ToColumn(), Joined(column, rows, values)], columns.Losses);
    }

    /// <summary>A number for each row's list, the same for equal lists; null where a row has none.</summary>
    internal static int?[] IdsOf(ListColumn column)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new int?[column.Count];
        for (var row = 0; row < ids.Length; row++)
        {
            if (column.IsNull(row))
            {
                continue;
            }

            var key = column.FormatValue(row);
            if (!known.TryGetValue(key, out var id))
            {
                known[key] = id = known.Count;
            }

            ids[row] = id;
        }

        return ids;
    }

    private static Column Joined(ListColumn column, List<int> rows, Column none) =>
        (rows.Count == 0 ? new Columns("", [none]) : Columns.Concat(rows.Select(row => new Columns("", [column[row]]))))[0].With("value");
}
