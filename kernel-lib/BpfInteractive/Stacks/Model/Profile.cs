namespace BpfInteractive;

/// <summary>
/// Samples of stacks, and all that is known of the code in them. Identity is (file, offset); names are an overlay, so a profile can be named, merged and compared anywhere and
/// at any time, long after its processes are gone. Immutable: any thread may read it.
/// </summary>
public sealed partial class Profile
{
    private readonly Lazy<ProfileFrames> _frames;

    /// <summary>Makes a profile of its tables.</summary>
    /// <param name="info">What is true of it as a whole.</param>
    /// <param name="tables">Its tables.</param>
    /// <param name="names">The names; null for none yet.</param>
    /// <param name="losses">What is known to be missing.</param>
    public Profile(ProfileInfo info, ProfileTables tables, ProfileNames? names, Losses losses)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(losses);
        Info = info;
        Tables = tables with { Samples = tables.Samples.WithLosses(losses) };
        Names = names ?? ProfileNames.None(tables.Locations);
        Losses = losses;
        if (Names.Columns.RowCount != tables.Locations.RowCount)
        {
            throw new ArgumentException($"there are {tables.Locations.RowCount} locations and {Names.Columns.RowCount} names", nameof(names));
        }

        _frames = new(() => new ProfileFrames(this));
    }

    /// <summary>What is true of it as a whole.</summary>
    public ProfileInfo Info { get; }

    /// <summary>Its tables.</summary>
    public ProfileTables Tables { get; }

    /// <summary>The names of its locations.</summary>
    public ProfileNames Names { get; }

    /// <summary>What is known to be missing.</summary>
    public Losses Losses { get; }

    /// <summary>The number of samples.</summary>
    public int SampleCount => Tables.Samples.RowCount;

    /// <summary>What all samples weigh together, in <see cref="ProfileInfo.ValueUnit"/>.</summary>
    public long TotalValue
    {
        get
        {
            var total = 0L;
            foreach (var value in Tables.Samples.Values<long>("value"))
            {
                total += value;
            }

            return total;
        }
    }

    /// <summary>The frames as people read them.</summary>
    public ProfileFrames Frames => _frames.Value;

    /// <summary>The same samples under other names.</summary>
    public Profile WithNames(ProfileNames names) => new(Info, Tables, names, Losses);

    /// <summary>The same under other facts: a title, notes.</summary>
    public Profile WithInfo(ProfileInfo info) => new(info, Tables, Names, Losses);

    /// <summary>The same with more that is known to be missing.</summary>
    public Profile WithLosses(Losses losses) => new(Info, Tables, Names, losses);

    /// <summary>A location by its row.</summary>
    public ProfileLocation LocationOf(int location)
    {
        var file = Tables.Locations.Values<int>("file")[location];
        return new ProfileLocation(file, FileOf(file), Tables.Locations.Values<ulong>("offset")[location], Tables.Locations.Values<bool>("is_return")[location]);
    }

    /// <summary>A file by its row.</summary>
    public ProfileFile FileOf(int file) => FileTable.Read(Tables.Files, file);
}
