namespace BpfInteractive.Charts;

/// <summary>
/// What a live display shows of one moment. The display remembers the moments before: lines, rates and heat maps grow from frame to frame. Immutable; made by the functions of
/// this class, drawn by <see cref="Live"/>.
/// </summary>
public abstract class LivePicture
{
    internal const int Width = 760;

    private protected LivePicture(string title) => Title = title;

    /// <summary>The line above the picture.</summary>
    public string Title { get; }

    /// <summary>What is known to be missing; it stands under the picture.</summary>
    public Losses Losses { get; private set; } = Losses.None;

    /// <summary>One number, large, and how fast it grows.</summary>
    /// <param name="title">What is counted.</param>
    /// <param name="value">The count now.</param>
    /// <param name="format">How it is written.</param>
    public static LivePicture Counter(string title, double value, ColumnFormat format = ColumnFormat.None) => new CounterPicture(title, value, format);

    /// <summary>A line over time for each value.</summary>
    /// <param name="title">The title.</param>
    /// <param name="values">The names and the values now; a name may come later, or be missing once.</param>
    /// <param name="format">How values are written.</param>
    public static LivePicture Line(string title, IEnumerable<(string Name, double Value)> values, ColumnFormat format = ColumnFormat.None) => new LinePicture(title, [.. values], format, isRate: false);

    /// <summary>A line over time of one value.</summary>
    /// <inheritdoc cref="Line(string, IEnumerable{ValueTuple{string, double}}, ColumnFormat)"/>
    public static LivePicture Line(string title, double value, ColumnFormat format = ColumnFormat.None) => Line(title, [(title, value)], format);

    /// <summary>A line over time for each counter: how much it grows in a second.</summary>
    /// <param name="title">The title.</param>
    /// <param name="counters">The names and the counts now.</param>
    /// <param name="format">How counts are written.</param>
    public static LivePicture Rate(string title, IEnumerable<(string Name, double Value)> counters, ColumnFormat format = ColumnFormat.None) => new LinePicture(title, [.. counters], format, isRate: true);

    /// <summary>A line over time of how much one counter grows in a second.</summary>
    /// <inheritdoc cref="Rate(string, IEnumerable{ValueTuple{string, double}}, ColumnFormat)"/>
    public static LivePicture Rate(string title, double counter, ColumnFormat format = ColumnFormat.None) => Rate(title, [(title, counter)], format);

    /// <summary>The largest of named values as bars.</summary>
    /// <param name="title">The title.</param>
    /// <param name="values">The names and the values now.</param>
    /// <param name="top">How many bars.</param>
    /// <param name="format">How values are written.</param>
    public static LivePicture Bars(string title, IEnumerable<(string Name, double Value)> values, int top = 10, ColumnFormat format = ColumnFormat.None) => new BarsPicture(title, [.. values], top, format);

    /// <summary>A histogram of powers of two, as BPF programs fill them.</summary>
    /// <param name="title">The title.</param>
    /// <param name="buckets">Counts: bucket n has the values from 2^n to below 2^(n+1), the first also 0.</param>
    /// <param name="format">What the values are: <see cref="ColumnFormat.Nanoseconds"/>, <see cref="ColumnFormat.Bytes"/>.</param>
    public static LivePicture Histogram(string title, IEnumerable<ulong> buckets, ColumnFormat format = ColumnFormat.None) => new HistogramPicture(title, Log2Buckets.Of(buckets), format);

    /// <summary>A histogram by powers of two of a column of numbers.</summary>
    /// <param name="columns">The capture; its losses stand under the picture.</param>
    /// <param name="name">The column.</param>
    public static LivePicture Histogram(Columns columns, string name)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new HistogramPicture(name, Log2Buckets.Of(columns[name]), columns[name].Format) { Losses = columns.Losses };
    }

    /// <summary>A histogram of powers of two over time: a column each frame, darker where more values came since the frame before.</summary>
    /// <inheritdoc cref="Histogram(string, IEnumerable{ulong}, ColumnFormat)"/>
    public static LivePicture HeatMap(string title, IEnumerable<ulong> buckets, ColumnFormat format = ColumnFormat.None) => new HeatMapPicture(title, Log2Buckets.Of(buckets), format);

    /// <summary>A profile as a flame graph: the frames that are wide enough to be seen.</summary>
    /// <param name="profile">What was sampled so far.</param>
    /// <param name="title">The title; null for one that says it.</param>
    public static LivePicture FlameGraph(Profile profile, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new FlamePicture(title ?? ProfileCharts.TitleOf(profile), profile) { Losses = profile.Losses };
    }

    /// <summary>An address space to scale, a row for each stretch between great gaps.</summary>
    /// <param name="snapshot">The address space now.</param>
    /// <param name="title">The title; null for one that says it.</param>
    public static LivePicture VmaMap(VmaSnapshot snapshot, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return new VmaMapPicture(title ?? $"{snapshot.Process}: {Human.Vmas(snapshot.Count)}", snapshot) { Losses = snapshot.Columns.Losses };
    }

    /// <summary>The same with what is known to be missing from it.</summary>
    public LivePicture With(Losses losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        var copy = (LivePicture)MemberwiseClone();
        copy.Losses = losses;
        return copy;
    }

    /// <summary>Draws it below the title and tells it as text.</summary>
    internal abstract string Draw(Scene scene, LiveMemory memory);

    /// <summary>The whole frame.</summary>
    /// <param name="memory">The frames before.</param>
    /// <param name="notes">Lines under it: how it ended.</param>
    internal LiveFrame ToFrame(LiveMemory memory, params IEnumerable<string> notes)
    {
        var scene = new Scene(Width);
        scene.AddLine(Human.Shorten(Title, 100), Palette.Ink, 15);
        var text = $"{Title}\n{Draw(scene, memory).TrimEnd('\n')}";
        foreach (var loss in Losses)
        {
            scene.AddLine($"lost: {loss}", Palette.Vermilion);
            text += $"\nlost: {loss}";
        }

        foreach (var note in notes)
        {
            scene.AddLine(Human.Shorten(note, 120), Palette.SoftInk, 11);
            text += $"\n({note})";
        }

        return new LiveFrame(scene, text);
    }
}
