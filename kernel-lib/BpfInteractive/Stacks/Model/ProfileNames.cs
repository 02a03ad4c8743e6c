namespace BpfInteractive;

/// <summary>
/// The names of a profile's locations: an overlay, which can be made on another machine, later, or anew. A row a location; a function's name, or the reason why there is none.
/// Immutable.
/// </summary>
public sealed class ProfileNames
{
    private ProfileNames(Columns columns) => Columns = columns;

    /// <summary>The overlay as columns: <c>function</c> (text, none where unnamed) and <c>reason</c> (a <see cref="FrameReason"/>).</summary>
    public Columns Columns { get; }

    /// <summary>The function's name; null where there is none.</summary>
    public string? FunctionOf(int location) => Columns.Text("function")[location];

    /// <summary>Why there is none.</summary>
    public FrameReason ReasonOf(int location) => (FrameReason)Columns.Values<byte>("reason")[location];

    /// <summary>Names every location by a function of its file and offset.</summary>
    /// <param name="profile">Whose locations.</param>
    /// <param name="nameOf">Gives a name, or a reason why there is none. It is asked once a location, in the order of files, but not for those in no mapping.</param>
    public static ProfileNames Of(Profile profile, Func<ProfileLocation, (string? Function, FrameReason Reason)> nameOf)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(nameOf);
        var locations = profile.Tables.Locations;
        var functions = new string?[locations.RowCount];
        var reasons = new byte[locations.RowCount];
        var files = locations.Values<int>("file").ToArray();
        var unmapped = locations.Values<byte>("unmapped").ToArray();
        foreach (var row in Enumerable.Range(0, files.Length).OrderBy(row => files[row]))
        {
            var (function, reason) = unmapped[row] != 0 ? (null, (FrameReason)unmapped[row]) : nameOf(profile.LocationOf(row));
            functions[row] = function;
            reasons[row] = (byte)(function is not null ? FrameReason.None : reason == FrameReason.None ? FrameReason.NoSymbols : reason);
        }

        return new ProfileNames(new Columns("names", [TextColumn.Of("function", functions), new Column<byte>("reason", reasons)]));
    }

    /// <summary>Takes an overlay from its columns, as <see cref="Columns"/> gives them.</summary>
    public static ProfileNames FromColumns(Columns columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _ = (columns.Text("function"), columns.Values<byte>("reason").Length);
        return new ProfileNames(columns);
    }

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
}
