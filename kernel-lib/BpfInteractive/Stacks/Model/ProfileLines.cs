namespace BpfInteractive;

/// <summary>The source lines of a profile's locations, as far as they are known: part of the overlay of names. Immutable.</summary>
internal sealed class ProfileLines
{
    private readonly int[] _starts;

    /// <param name="columns"><c>location, function, file, line</c>: the rows of one location together, what was inlined first, innermost first.</param>
    /// <param name="locations">How many locations there are.</param>
    internal ProfileLines(Columns columns, int locations)
    {
        Columns = columns;
        _starts = new int[locations + 1];
        var last = 0;
        foreach (var location in columns.Values<int>("location"))
        {
            if (location < last || location >= locations)
            {
                throw new ArgumentException($"the lines' locations do not ascend, or are not among the {locations} locations", nameof(columns));
            }

            last = location;
            _starts[location + 1]++;
        }

        for (var location = 0; location < locations; location++)
        {
            _starts[location + 1] += _starts[location];
        }
    }

    internal Columns Columns { get; }

    /// <summary>What a file calls the table.</summary>
    internal const string TableName = "lines";

    internal SourceLine[] Of(int location)
    {
        var (from, count) = (_starts[location], _starts[location + 1] - _starts[location]);
        if (count == 0)
        {
            return [];
        }

        var (functions, files) = (Columns.Text("function"), Columns.Text("file"));
        var lines = Columns.Values<int>("line");
        var found = new SourceLine[count];
        for (var at = 0; at < count; at++)
        {
            found[at] = new SourceLine(functions[from + at] ?? "", files[from + at] ?? "", lines[from + at]);
        }

        return found;
    }

    /// <summary>Gathers the lines of each location; null where no location has any.</summary>
    internal static ProfileLines? Of(IReadOnlyList<IReadOnlyList<SourceLine>?> lines)
    {
        var rows = new ColumnsBuilder(TableName);
        var (locations, functions, files, numbers) = (rows.Add<int>("location"), rows.AddText("function"), rows.AddText("file"), rows.Add<int>("line"));
        for (var location = 0; location < lines.Count; location++)
        {
            foreach (var line in lines[location] ?? [])
            {
                locations.Append(location);
                functions.Append(line.Function);
                files.Append(line.File);
                numbers.Append(line.Line);
            }
        }

        return rows.RowCount == 0 ? null : new ProfileLines(rows.ToColumns(), lines.Count);
    }
}
