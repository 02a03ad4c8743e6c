namespace BpfInteractive;

/// <summary>
/// The names of a profile's locations: an overlay, which can be made on another machine, later, or anew. A row a location; a function's name, or the reason why there is none.
/// Immutable.
/// </summary>
public sealed class ProfileNames
{
    private readonly ProfileLines? _lines;

    private ProfileNames(Columns columns, ProfileLines? lines = null) => (Columns, _lines) = (columns, lines);

    /// <summary>
    /// The overlay as columns: <c>function</c> (text, none where unnamed) and <c>reason</c> (a <see cref="FrameReason"/>); where source lines were asked for also
    /// <c>why_no_lines</c> (a <see cref="FrameReason"/>).
    /// </summary>
    public Columns Columns { get; }

    /// <summary>
    /// The source lines, where they were asked for: <c>location, function, file, line</c>, the rows of a location together, what was inlined there first, innermost first, and last the function
    /// that holds the code. Null for none.
    /// </summary>
    public Columns? Lines => _lines?.Columns;

    /// <summary>Whether source lines were looked for.</summary>
    internal bool HasLines => Columns.TryGet(WhyNoLines, out _);

    private const string WhyNoLines = "why_no_lines";

    /// <summary>The function's name; null where there is none.</summary>
    public string? FunctionOf(int location) => Columns.Text("function")[location];

    /// <summary>The source lines of a location: what was inlined there, innermost first, and last the function that holds the code. Empty where they are not known.</summary>
    public IReadOnlyList<SourceLine> LinesOf(int location) => _lines?.Of(location) ?? [];

    /// <summary>Why a location has no lines; <see cref="FrameReason.None"/> where it has some, or nobody looked.</summary>
    internal FrameReason WhyNoLinesOf(int location) => HasLines ? (FrameReason)Columns.Values<byte>(WhyNoLines)[location] : FrameReason.None;

    /// <summary>Why there is none.</summary>
    public FrameReason ReasonOf(int location) => (FrameReason)Columns.Values<byte>("reason")[location];

    /// <summary>Names every location by a function of its file and offset.</summary>
    /// <param name="profile">Whose locations.</param>
    /// <param name="nameOf">Gives a name, or a reason why there is none. It is asked once a location, a file after the other by offset, but not for those in no mapping.</param>
    public static ProfileNames Of(Profile profile, Func<ProfileLocation, (string? Function, FrameReason Reason)> nameOf)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(nameOf);
        return Of(profile, (number, file, rows, offsets, names) =>
        {
            for (var at = 0; at < rows.Length; at++)
            {
                var location = new ProfileLocation(number, file, profile.Tables.Locations.Values<ulong>("offset")[rows[at]], profile.Tables.Locations.Values<bool>("is_return")[rows[at]]);
                var (function, reason) = nameOf(location);
                names[at] = new FrameName(function, 0, reason);
            }
        });
    }

    /// <summary>Names some locations of one file.</summary>
    /// <param name="number">The file's row.</param>
    /// <param name="file">The file.</param>
    /// <param name="rows">The locations' rows, in order of their offsets.</param>
    /// <param name="offsets">What to look up for each, ascending.</param>
    /// <param name="names">Room for as many names.</param>
    internal delegate void FileNamer(int number, ProfileFile file, ReadOnlySpan<int> rows, ReadOnlySpan<ulong> offsets, Span<FrameName> names);

    /// <summary>Names every location that lies in a mapping, a file at a time and by offset: a file's symbols are found once, and read from their beginning to their end.</summary>
    internal static ProfileNames Of(Profile profile, FileNamer nameOf)
    {
        var work = new Work(profile);
        foreach (var file in work.Files)
        {
            work.Name(file, nameOf);
        }

        return work.ToNames();
    }

    /// <summary>The same with several files at once, for those that are fetched.</summary>
    internal static async Task<ProfileNames> OfAsync(Profile profile, FileNamer nameOf, int parallel, CancellationToken token)
    {
        var work = new Work(profile);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = token };
        await Parallel.ForEachAsync(work.Files, options, (file, _) =>
        {
            work.Name(file, nameOf);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        return work.ToNames();
    }

    /// <summary>Takes an overlay from its columns, as <see cref="Columns"/> gives them.</summary>
    /// <param name="columns">See <see cref="Columns"/>.</param>
    /// <param name="lines">See <see cref="Lines"/>.</param>
    /// <exception cref="ArgumentException">The lines are not those of as many locations.</exception>
    public static ProfileNames FromColumns(Columns columns, Columns? lines = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _ = (columns.Text("function"), columns.Values<byte>("reason").Length);
        return new ProfileNames(columns, lines is null ? null : new ProfileLines(lines, columns.RowCount));
    }

    /// <summary>Puts names together, one a location.</summary>
    /// <param name="names">The names.</param>
    /// <param name="withLines">Whether lines were looked for.</param>
    internal static ProfileNames Of(IReadOnlyList<FrameName> names, bool withLines)
    {
        List<Column> columns = [TextColumn.Of("function", names.Select(name => name.Function)), new Column<byte>("reason", [.. names.Select(name => (byte)name.Reason)])];
        if (withLines)
        {
            columns.Add(new Column<byte>(WhyNoLines, [.. names.Select(name => (byte)name.WhyNoLines)]));
        }

        return new ProfileNames(new Columns("names", columns), withLines ? ProfileLines.Of([.. names.Select(name => name.Lines)]) : null);
    }

    /// <summary>A location's name with its lines.</summary>
    internal FrameName this[int location] => new(FunctionOf(location), 0, ReasonOf(location)) { Lines = LinesOf(location) is { Count: > 0 } lines ? lines : null, WhyNoLines = WhyNoLinesOf(location) };

    /// <summary>No names yet.</summary>
    internal static ProfileNames None(Columns locations)
    {
        var unmapped = locations.Values<byte>("unmapped");
        var functions = new TextColumnBuilder("function");
        var reasons = new byte[unmapped.Length];
        for (var row = 0; row < reasons.Length; row++)
        {
            functions.AppendNull();
            reasons[row] = unmapped[row] != 0 ? unmapped[row] : (byte)FrameReason.NotLookedUp;
        }

        return new ProfileNames(new Columns("names", [functions.ToColumn(), new Column<byte>("reason", reasons)]));
    }

    /// <summary>The locations by file and offset, and room for their names. Files may be named by several threads.</summary>
    private sealed class Work
    {
        private readonly Profile _profile;
        private readonly int[] _rows;
        private readonly ulong[] _offsets;
        private readonly int[] _starts;
        private readonly FrameName[] _names;

        internal Work(Profile profile)
        {
            _profile = profile;
            (_rows, _offsets) = RowsByFile(profile.Tables.Locations, out _starts);
            _names = new FrameName[_rows.Length];
        }

        internal IEnumerable<int> Files => Enumerable.Range(0, _starts.Length - 1).Where(file => _starts[file + 1] > _starts[file]);

        internal void Name(int file, FileNamer nameOf)
        {
            var (from, count) = (_starts[file], _starts[file + 1] - _starts[file]);
            nameOf(file, _profile.FileOf(file), _rows.AsSpan(from, count), _offsets.AsSpan(from, count), _names.AsSpan(from, count));
        }

        internal ProfileNames ToNames()
        {
            var unmapped = _profile.Tables.Locations.Values<byte>("unmapped");
            var names = new FrameName[unmapped.Length];
            for (var row = 0; row < names.Length; row++)
            {
                names[row] = FrameName.Unnamed((FrameReason)unmapped[row]);
            }

            var withLines = false;
            for (var at = 0; at < _rows.Length; at++)
            {
                var (function, _, reason) = _names[at];
                names[_rows[at]] = _names[at] with { Reason = function is not null ? FrameReason.None : reason == FrameReason.None ? FrameReason.NoSymbols : reason };
                withLines |= _names[at].Lines is not null || _names[at].WhyNoLines != FrameReason.None;
            }

            return ProfileNames.Of(names, withLines);
        }
    }

    // The mapped locations, those of one file together from starts[file] on, by the offset to look up.
    private static (int[] Rows, ulong[] Offsets) RowsByFile(Columns locations, out int[] starts)
    {
        var files = locations.Values<int>("file");
        var unmapped = locations.Values<byte>("unmapped");
        var places = locations.Values<ulong>("offset");
        var isReturn = locations.Values<bool>("is_return");
        starts = new int[FilesIn(files) + 1];
        for (var row = 0; row < files.Length; row++)
        {
            starts[files[row] + 1] += unmapped[row] == 0 ? 1 : 0;
        }

        for (var file = 1; file < starts.Length; file++)
        {
            starts[file] += starts[file - 1];
        }

        var (rows, offsets, next) = (new int[starts[^1]], new ulong[starts[^1]], starts.ToArray());
        for (var row = 0; row < files.Length; row++)
        {
            if (unmapped[row] == 0)
            {
                var at = next[files[row]]++;
                (rows[at], offsets[at]) = (row, ProfileLocation.LookupOffsetOf(places[row], isReturn[row]));
            }
        }

        for (var file = 0; file + 1 < starts.Length; file++)
        {
            Array.Sort(offsets, rows, starts[file], starts[file + 1] - starts[file]);
        }

        return (rows, offsets);
    }

    private static int FilesIn(ReadOnlySpan<int> files)
    {
        var most = -1;
        foreach (var file in files)
        {
            most = Math.Max(most, file);
        }

        return most + 1;
    }
}
