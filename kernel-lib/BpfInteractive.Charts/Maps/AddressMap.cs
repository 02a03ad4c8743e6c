using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>Draws rows of addresses: each to scale in itself, its first address at the left, its span at the right, the gaps between rows named.</summary>
internal static class AddressMap
{
    private const int RowHeight = 40;
    private const int FewBlocks = 400;

    /// <summary>Given for each trace: left to itself, Plotly widens the bars of a trace that has few rows.</summary>
    private const double BarWidth = 0.56;

    internal static GenericChart Draw(string title, IReadOnlyList<AddressBlock> blocks, Func<string, string> colour, IReadOnlyList<string> order)
    {
        var rows = AddressRows.Of(blocks);
        var categories = blocks.Select(block => block.Category).Distinct().OrderBy(name => IndexIn(order, name)).ToList();
        var traces = categories.Select(category => TraceOf(category, rows, colour(category), rows.Sum(row => row.Blocks.Count) < FewBlocks));
        var labels = rows.Select(row => $"<span style=\"font-family:monospace\">{Human.Address(row.Start)}</span>").ToArray();
        return Figure.Chart(
            title,
            traces,
            (RowHeight * Math.Max(rows.Count, 2)) + 130,
            ("barmode", "overlay"),
            ("showlegend", true),
            ("legend", Figure.Map(("orientation", "h"), ("x", 0), ("y", 0), ("yref", "paper"), ("yanchor", "top"), ("traceorder", "normal"))),
            ("margin", Figure.Map(("l", 120), ("r", 170), ("t", 56), ("b", 60))),
            ("xaxis", Figure.Axis(null, ("range", new[] { -0.002, 1.002 }), ("showgrid", false), ("showline", false), ("showticklabels", false))),
            ("yaxis", Figure.Axis(
                null,
                ("autorange", "reversed"),
                ("showgrid", false),
                ("showline", false),
                ("fixedrange", true),
                ("tickmode", "array"),
                ("tickvals", Enumerable.Range(0, rows.Count).ToArray()),
                ("ticktext", labels))),
            ("annotations", Spans(rows).Concat(Gaps(rows)).ToArray()));
    }

    private static int IndexIn(IReadOnlyList<string> order, string name)
    {
        var at = order.ToList().IndexOf(name);
        return at < 0 ? int.MaxValue : at;
    }

    private static Trace TraceOf(string category, IReadOnlyList<AddressRow> rows, string colour, bool outlined)
    {
        List<double> starts = [], widths = [];
        List<int> at = [];
        List<string> hovers = [];
        for (var index = 0; index < rows.Count; index++)
        {
            var row = rows[index];
            foreach (var block in row.Blocks.Where(block => block.Category == category))
            {
                starts.Add((double)(block.Start - row.Start) / row.Span);
                widths.Add((double)block.Size / row.Span);
                at.Add(index);
                hovers.Add(block.Hover);
            }
        }

        return Figure.Trace(
            "bar",
            ("name", category),
            ("orientation", "h"),
            ("width", BarWidth),
            ("base", starts),
            ("x", widths),
            ("y", at),
            ("hovertext", hovers),
            ("hovertemplate", "%{hovertext}<extra></extra>"),
            ("marker", Figure.Map(("color", colour), ("line", Figure.Map(("width", outlined ? 0.6 : 0), ("color", "#FFFFFF"))))));
    }

    private static IEnumerable<object> Spans(IReadOnlyList<AddressRow> rows) => rows.Select((row, index) => Figure.Map(
        ("xref", "paper"),
        ("x", 1.01),
        ("xanchor", "left"),
        ("y", index),
        ("yanchor", "middle"),
        ("text", $"{Human.Bytes(row.Span)} <span style=\"color:{Palette.SoftInk}\">· {Human.Count(row.VmaCount)} VMA{(row.VmaCount == 1 ? "" : "s")}</span>"),
        ("showarrow", false),
        ("font", Figure.Map(("size", 12)))));

    /// <summary>The marked breaks: how much address space is left out between two rows.</summary>
    private static IEnumerable<object> Gaps(IReadOnlyList<AddressRow> rows) => Enumerable.Range(1, Math.Max(0, rows.Count - 1))
        .Where(index => rows[index].Start > rows[index - 1].End)
        .Select(index => Figure.Map(
            ("xref", "paper"),
            ("x", 0.5),
            ("xanchor", "center"),
            ("y", index - 0.5),
            ("yanchor", "middle"),
            ("text", $"⋯ {Human.Bytes(rows[index].Start - rows[index - 1].End)} unmapped ⋯"),
            ("showarrow", false),
            ("font", Figure.Map(("size", 10), ("color", Palette.Grey)))));
}
