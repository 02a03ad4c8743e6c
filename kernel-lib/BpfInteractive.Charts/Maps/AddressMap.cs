using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>
/// Draws rows of addresses: each to scale in itself, its first address at the left, its span at the right, what is left out between rows named.
/// </summary>
internal static class AddressMap
{
    private const int RowHeight = 40;
    private const int TopMargin = 46;
    private const int BottomMargin = 48;

    /// <summary>Given for each bar: left to itself, Plotly widens the bars of a trace that has few rows.</summary>
    private const double BarWidth = 0.56;

    /// <summary>Parts of a row: about a pixel, which every block gets; and what is wide enough for a white edge.</summary>
    private const double Pixel = 1 / 800.0;
    private const double Wide = 1 / 120.0;

    /// <param name="title">The title.</param>
    /// <param name="blocks">In order of their starts.</param>
    /// <param name="colour">A category's colour.</param>
    /// <param name="order">The categories in the order in which they are drawn, the last on top.</param>
    /// <param name="quiet">A category whose rows are left out, and counted, where they hold nothing else.</param>
    internal static GenericChart Draw(string title, IReadOnlyList<AddressBlock> blocks, Func<string, string> colour, IReadOnlyList<string> order, string? quiet = null)
    {
        var all = AddressRows.Of(blocks, quiet);
        var rows = all.Where(row => row.Blocks.Any(block => block.Category != quiet)).ToList();
        var categories = rows.SelectMany(row => row.Blocks).Select(block => block.Category).Distinct().OrderBy(name => IndexIn(order, name));
        return Figure.Chart(
            title,
            categories.Select(category => TraceOf(category, rows, colour(category))).ToList(),
            (RowHeight * Math.Max(rows.Count, 1)) + TopMargin + BottomMargin,
            ("barmode", "overlay"),
            ("showlegend", true),
            ("legend", Figure.Map(("orientation", "h"), ("x", 0), ("y", 0), ("yref", "paper"), ("yanchor", "top"), ("traceorder", "normal"), ("itemsizing", "constant"))),
            ("margin", Figure.Map(("l", 120), ("r", 160), ("t", TopMargin), ("b", BottomMargin))),
            ("xaxis", Figure.Axis(null, ("range", new[] { -0.002, 1.002 }), ("showgrid", false), ("showline", false), ("showticklabels", false))),
            ("yaxis", Figure.Axis(
                null,
                ("range", new[] { Math.Max(rows.Count, 1) - 0.5, -0.5 }),
                ("showgrid", false),
                ("showline", false),
                ("fixedrange", true),
                ("tickmode", "array"),
                ("tickvals", Enumerable.Range(0, rows.Count).ToArray()),
                ("ticktext", rows.Select(row => $"<span style=\"font-family:monospace\">{Human.Address(row.Start)}</span>").ToArray()))),
            ("annotations", Spans(rows).Concat(Between(all, rows)).ToArray()));
    }

    private static int IndexIn(IReadOnlyList<string> order, string name)
    {
        var at = order.ToList().IndexOf(name);
        return at < 0 ? int.MaxValue : at;
    }

    private static Trace TraceOf(string category, List<AddressRow> rows, string colour)
    {
        List<double> starts = [], widths = [], edges = [], lows = [], heights = [];
        List<int> at = [];
        List<string> hovers = [];
        for (var index = 0; index < rows.Count; index++)
        {
            var row = rows[index];
            foreach (var block in row.Blocks.Where(block => block.Category == category))
            {
                var width = (double)block.Size / row.Span;
                starts.Add(Math.Min((double)(block.Start - row.Start) / row.Span, 1 - Pixel));
                widths.Add(Math.Max(width, Pixel));
                edges.Add(width > Wide ? 0.6 : 0);
                lows.Add(BarWidth * (block.Low - 0.5));
                heights.Add(BarWidth * block.Height);
                at.Add(index);
                hovers.Add(block.Hover);
            }
        }

        return Figure.Trace(
            "bar",
            ("name", category),
            ("orientation", "h"),
            ("offset", lows),
            ("width", heights),
            ("base", starts),
            ("x", widths),
            ("y", at),
            ("hovertext", hovers),
            ("hovertemplate", "%{hovertext}<extra></extra>"),
            ("marker", Figure.Map(("color", colour), ("line", Figure.Map(("width", edges), ("color", "#FFFFFF"))))));
    }

    private static IEnumerable<object> Spans(List<AddressRow> rows) => rows.Select((row, index) => Figure.Map(
        ("xref", "paper"),
        ("x", 1.01),
        ("xanchor", "left"),
        ("y", index),
        ("yanchor", "middle"),
        ("text", $"{Human.Bytes(row.Span)} <span style=\"color:{Palette.SoftInk}\">· {Human.Vmas(row.VmaCount)}</span>"),
        ("showarrow", false),
        ("font", Figure.Map(("size", 12)))));

    /// <summary>The marked breaks: how much address space, or how many rows in which nothing changed, are left out before each row.</summary>
    private static IEnumerable<object> Between(IReadOnlyList<AddressRow> all, List<AddressRow> rows)
    {
        var drawn = 0;
        var quiet = 0;
        for (var index = 0; index < all.Count && drawn < rows.Count; index++)
        {
            if (all[index] != rows[drawn])
            {
                quiet += all[index].VmaCount;
                continue;
            }

            var free = index > 0 && all[index].Start > all[index - 1].End ? all[index].Start - all[index - 1].End : 0;
            var text = quiet > 0 ? $"⋯ {Human.Vmas(quiet)} unchanged ⋯" : free > 0 ? $"⋯ {Human.Bytes(free)} unmapped ⋯" : null;
            if (text is not null && drawn > 0)
            {
                yield return Figure.Map(
                    ("xref", "paper"),
                    ("x", 0.5),
                    ("xanchor", "center"),
                    ("y", drawn - 0.5),
                    ("yanchor", "middle"),
                    ("text", text),
                    ("showarrow", false),
                    ("font", Figure.Map(("size", 10), ("color", Palette.SoftInk))));
            }

            quiet = 0;
            drawn++;
        }
    }
}
