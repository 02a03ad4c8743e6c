using System.Globalization;
using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>Profiles as pictures.</summary>
public static class ProfileCharts
{
    /// <summary>More levels than these leave no room for text; a click on a node shows those below it.</summary>
    private const int LevelsShown = 26;

    /// <summary>The profile as a flame graph: a page of its own, which opens without a network.</summary>
    public static FlameGraph FlameGraph(this Profile profile, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new FlameGraph(FlameData.Of(profile), title ?? TitleOf(profile), profile.Summarize().ToLines().Concat(profile.Info.Notes), profile.FunctionColumns(), profile);
    }

    /// <summary>Two profiles as one flame graph: red where the later has a larger share, blue where a smaller.</summary>
    public static FlameGraph FlameGraph(this ProfileDifference difference, string title = "Before and after")
    {
        ArgumentNullException.ThrowIfNull(difference);
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"before: {Weight(difference.TotalBefore, difference.ValueUnit)}, after: {Weight(difference.TotalAfter, difference.ValueUnit)}; colours compare shares of each whole"),
            .. difference.Losses.Select(loss => $"lost: {loss}"),
        ];
        return new FlameGraph(FlameData.Of(difference, difference.ValueUnit), title, lines, difference.FunctionColumns());
    }

    /// <summary>
    /// The profile as Plotly's icicle, for displays that are drawn anew while it grows. Only the heaviest nodes are in it; the losses stand under the title.
    /// </summary>
    /// <param name="profile">The profile.</param>
    /// <param name="most">How many nodes at most; Plotly slows down above about a thousand.</param>
    public static GenericChart IcicleChart(this Profile profile, int most = 600)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var nodes = profile.ToCallTree().Nodes;
        var shown = Enumerable.Range(0, nodes.Count).OrderByDescending(at => nodes[at].Total).ThenBy(at => at).Take(most).Order().ToList();
        var trace = Figure.Trace(
            "icicle",
            ("ids", shown.Select(at => $"{at}").ToArray()),
            ("parents", shown.Select(at => nodes[at].Parent < 0 ? "" : $"{nodes[at].Parent}").ToArray()),
            ("labels", shown.Select(at => Figure.Plain(nodes[at].Text)).ToArray()),
            ("values", shown.Select(at => nodes[at].Total).ToArray()),
            ("branchvalues", "total"),
            ("maxdepth", LevelsShown),
            ("tiling", Figure.Map(("orientation", "v"))),
            ("hovertext", shown.Select(at => $"{Figure.Plain(nodes[at].Text)}<br>{Figure.Plain(nodes[at].Module)}<br>{Weight(nodes[at].Total, profile.Info.ValueUnit)}").ToArray()),
            ("hoverinfo", "text"),
            ("marker", Figure.Map(("colors", shown.Select(at => ColorOf(nodes[at].Kind)).ToArray()), ("line", Figure.Map(("width", 0.5), ("color", "#FFFFFF"))))),
            ("pathbar", Figure.Map(("visible", true))));
        var title = Figure.Plain(TitleOf(profile)) + (nodes.Count > most ? string.Create(CultureInfo.InvariantCulture, $", the heaviest {most:N0} of {nodes.Count:N0} frames") : "");
        return Figure.Chart(
            profile.Losses.IsEmpty ? title : $"{title}<br><span style=\"font-size:12px;color:{Palette.Vermilion}\">{Figure.Plain(profile.Losses.ToString())}</span>",
            [trace],
            620,
            ("margin", Figure.Map(("l", 8), ("r", 8), ("t", 64), ("b", 8))));
    }

    /// <summary>
    /// Samples over time: a column a second, a row each fiftieth of a second from the bottom up, dark where many samples fell. Bursts and pauses that an average hides show as
    /// patterns.
    /// </summary>
    /// <param name="profile">The profile.</param>
    /// <param name="rows">Parts of a second.</param>
    public static GenericChart SubsecondHeatMap(this Profile profile, int rows = 50)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        var counts = SubsecondOffsets.CountsOf(profile, rows);
        var seconds = counts.Length == 0 ? 0 : counts[0].Length;
        var trace = Figure.Trace(
            "heatmap",
            ("z", counts),
            ("x", Enumerable.Range(0, seconds).ToArray()),
            ("y", Enumerable.Range(0, rows).Select(row => Math.Round(1000.0 * row / rows, 1)).ToArray()),
            ("colorscale", "Cividis"),
            ("reversescale", true),
            ("hovertemplate", "second %{x}, from %{y} ms on: %{z} samples<extra></extra>"),
            ("colorbar", Figure.Map(("title", "samples"), ("thickness", 12), ("outlinewidth", 0))));
        return Figure.Chart(
            $"{Figure.Plain(TitleOf(profile))}: when the samples fell",
            [trace],
            460,
            ("xaxis", Figure.Axis("second")),
            ("yaxis", Figure.Axis("millisecond of it")));
    }

    internal static string TitleOf(Profile profile) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(profile.Info.Target.Length == 0 ? "Profile" : profile.Info.Target)}: {Weight(profile.TotalValue, profile.Info.ValueUnit)} of {profile.Info.ValueType}, {profile.Info.Event}{(profile.Info.FrequencyHz > 0 ? $" at {profile.Info.FrequencyHz:0} Hz" : "")}");

    private static string Weight(long value, string unit) => unit switch
    {
        "nanoseconds" => Human.Nanoseconds(value),
        "bytes" => Human.Bytes(value),
        _ => Human.Count(value),
    };

    private static string ColorOf(FrameKind? kind) => kind switch
    {
        FrameKind.User => "#A9CBE8",
        FrameKind.Kernel => "#F2C48A",
        FrameKind.Jit => "#A3D6C3",
        FrameKind.Unmapped => "#D5D8DC",
        FrameKind.Inlined => "#CFC3EA",
        _ => "#ECEFF2",
    };
}

/// <summary>Samples by the second and the part of it they fell in.</summary>
internal static class SubsecondOffsets
{
    /// <summary>A row for each part, a column for each second since the start.</summary>
    internal static int[][] CountsOf(Profile profile, int rows)
    {
        const long Second = 1_000_000_000;
        var times = profile.Tables.Samples.Values<long>("time");
        if (times.IsEmpty)
        {
            return [];
        }

        var start = profile.Info.Start.MonotonicNs;
        var (first, last) = (long.MaxValue, long.MinValue);
        foreach (var time in times)
        {
            (first, last) = (Math.Min(first, time), Math.Max(last, time));
        }

        start = start == 0 || start > first ? first : start;
        var counts = Enumerable.Range(0, rows).Select(_ => new int[((last - start) / Second) + 1]).ToArray();
        foreach (var time in times)
        {
            var since = time - start;
            counts[(int)(since % Second * rows / Second)][since / Second]++;
        }

        return counts;
    }
}
