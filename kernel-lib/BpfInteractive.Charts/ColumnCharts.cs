using System.Globalization;
using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>Plain charts of any capture. The losses of the capture stand under the title.</summary>
public static class ColumnCharts
{
    /// <summary>How many rows each value of a column has (or the sum of another column over them); the largest first.</summary>
    /// <param name="columns">The capture.</param>
    /// <param name="by">The column whose values get a bar each.</param>
    /// <param name="sum">The numbers to add up; null counts rows.</param>
    /// <param name="top">How many bars.</param>
    /// <param name="title">The title; null for one that says it.</param>
    public static GenericChart BarChart(this Columns columns, string by, string? sum = null, int top = 20, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var keys = columns[by];
        var numbers = sum is null ? null : columns[sum];
        var totals = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var row = 0; row < columns.RowCount; row++)
        {
            if (numbers?.IsNull(row) == true)
            {
                continue;
            }

            var key = keys.FormatValue(row);
            totals[key] = totals.GetValueOrDefault(key) + (numbers is null ? 1 : Number(numbers, row));
        }

        var bars = totals.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(top).ToList();
        var format = numbers?.Format ?? ColumnFormat.None;
        var trace = Figure.Trace(
            "bar",
            ("orientation", "h"),
            ("y", Enumerable.Range(0, bars.Count).ToArray()),
            ("x", bars.Select(bar => bar.Value).ToArray()),
            ("text", bars.Select(bar => Text(bar.Value, format)).ToArray()),
            ("textposition", "outside"),
            ("cliponaxis", false),
            ("hovertext", bars.Select(bar => $"{Figure.Plain(bar.Key)}: {Text(bar.Value, format)}").ToArray()),
            ("hovertemplate", "%{hovertext}<extra></extra>"),
            ("marker", Figure.Map(("color", Palette.Blue))));
        return Figure.Chart(
            Titled(columns, title ?? $"{(sum is null ? "Count" : sum)} by {by}{(totals.Count > top ? $", the first {top} of {Human.Count(totals.Count)}" : "")}"),
            [trace],
            (26 * Math.Max(bars.Count, 1)) + TopMargin(columns) + 20,
            ("margin", Figure.Map(("l", 60), ("r", 90), ("t", TopMargin(columns)), ("b", 20))),
            ("xaxis", Figure.Axis(null, ("showticklabels", false), ("showgrid", false), ("showline", false))),
            ("yaxis", Figure.Axis(
                null,
                ("range", new[] { Math.Max(bars.Count, 1) - 0.5, -0.5 }),
                ("showgrid", false),
                ("tickmode", "array"),
                ("tickvals", Enumerable.Range(0, bars.Count).ToArray()),
                ("ticktext", bars.Select(bar => Figure.Plain(Human.ShortenPath(bar.Key, 44))).ToArray()))));
    }

    /// <summary>One or more columns of numbers over another.</summary>
    public static GenericChart LineChart(this Columns columns, string x, IEnumerable<string> ys, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var names = ys.ToList();
        var over = Numbers(columns[x]);
        var traces = names.Select((name, at) => Figure.Trace(
            "scattergl",
            ("mode", "lines"),
            ("name", name),
            ("x", over),
            ("y", Numbers(columns[name])),
            ("line", Figure.Map(("color", Palette.Series[at % Palette.Series.Count]), ("width", 2)))));
        return Figure.Chart(
            Titled(columns, title ?? $"{string.Join(", ", names)} over {x}"),
            traces,
            380,
            ("showlegend", names.Count > 1),
            ("xaxis", Figure.Axis(Labelled(columns[x]))),
            ("yaxis", Figure.Axis(names.Count == 1 ? Labelled(columns[names[0]]) : null)));
    }

    /// <summary>How often values of each power of two occur: latencies and sizes in the form of BPF's own histograms.</summary>
    public static GenericChart HistogramChart(this Columns columns, string name, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var column = columns[name];
        var buckets = new long[65];
        foreach (var value in Numbers(column).Where(value => value is not null))
        {
            buckets[value < 1 ? 0 : Math.Min(64, (int)Math.Floor(Math.Log2(value!.Value)) + 1)]++;
        }

        var first = Math.Max(0, Array.FindIndex(buckets, count => count > 0));
        var last = Math.Max(first, Array.FindLastIndex(buckets, count => count > 0));
        var range = Enumerable.Range(first, last - first + 1).ToList();
        var trace = Figure.Trace(
            "bar",
            ("x", range.Select(bucket => BucketName(bucket, column.Format)).ToArray()),
            ("y", range.Select(bucket => buckets[bucket]).ToArray()),
            ("hovertemplate", "%{x}: %{y:,}<extra></extra>"),
            ("marker", Figure.Map(("color", Palette.Blue))));
        return Figure.Chart(
            Titled(columns, title ?? $"{name}, by powers of two"),
            [trace],
            360,
            ("bargap", 0.08),
            ("xaxis", Figure.Axis($"{name}, from", ("type", "category"))),
            ("yaxis", Figure.Axis("rows")));
    }

    /// <summary>How many rows fall together in each pair of values of two columns: text, or numbers in forty steps.</summary>
    public static GenericChart HeatMapChart(this Columns columns, string x, string y, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var (xNames, xOf) = Steps(columns[x]);
        var (yNames, yOf) = Steps(columns[y]);
        var counts = Enumerable.Range(0, yNames.Length).Select(_ => new int[xNames.Length]).ToArray();
        for (var row = 0; row < columns.RowCount; row++)
        {
            counts[yOf(row)][xOf(row)]++;
        }

        var trace = Figure.Trace(
            "heatmap",
            ("x", xNames),
            ("y", yNames),
            ("z", counts),
            ("colorscale", "Cividis"),
            ("hovertemplate", "%{x}, %{y}: %{z:,}<extra></extra>"),
            ("colorbar", Figure.Map(("title", "rows"), ("thickness", 12), ("outlinewidth", 0))));
        return Figure.Chart(
            Titled(columns, title ?? $"{y} by {x}"),
            [trace],
            Math.Clamp((18 * yNames.Length) + 140, 300, 800),
            ("xaxis", Figure.Axis(Labelled(columns[x]), ("type", "category"))),
            ("yaxis", Figure.Axis(Labelled(columns[y]), ("type", "category"))));
    }

    private static (string[] Names, Func<int, int> Of) Steps(Column column)
    {
        const int MostSteps = 40;
        if (column is TextColumn or BytesColumn or ListColumn or Column<bool>)
        {
            var byName = Enumerable.Range(0, column.Count).Select(column.FormatValue).Distinct().Order(StringComparer.Ordinal).ToArray();
            return (byName, row => Array.BinarySearch(byName, column.FormatValue(row), StringComparer.Ordinal));
        }

        var numbers = Numbers(column);
        var (low, high) = (numbers.Min() ?? 0, numbers.Max() ?? 0);
        var step = Math.Max((high - low) / MostSteps, double.Epsilon);
        var steps = high > low ? MostSteps : 1;
        return ([.. Enumerable.Range(0, steps).Select(at => Text(low + (at * step), column.Format))], row => Math.Min(steps - 1, (int)(((numbers[row] ?? low) - low) / step)));
    }

    internal static double?[] Numbers(Column column) =>
        [.. Enumerable.Range(0, column.Count).Select(row => column.IsNull(row) ? (double?)null : Number(column, row))];

    private static double Number(Column column, int row) => column switch
    {
        Column<ulong> c => c[row],
        Column<long> c => c[row],
        Column<uint> c => c[row],
        Column<int> c => c[row],
        Column<double> c => c[row],
        _ => column.GetValue(row) is IConvertible value and not string ? value.ToDouble(CultureInfo.InvariantCulture) : throw new ArgumentException($"{column} holds no numbers to draw"),
    };

    private static string Labelled(Column column) => column.Format switch
    {
        ColumnFormat.Nanoseconds => $"{column.Name} (ns)",
        ColumnFormat.Bytes => $"{column.Name} (bytes)",
        _ => column.Name,
    };

    private static string BucketName(int bucket, ColumnFormat format) => bucket == 0 ? "0" : Text(Math.Pow(2, bucket - 1), format);

    private static string Text(double value, ColumnFormat format) => format switch
    {
        ColumnFormat.Bytes => Human.Bytes(value),
        ColumnFormat.Nanoseconds => Human.Nanoseconds(value),
        _ => value.ToString(value == Math.Floor(value) ? "N0" : "N2", CultureInfo.InvariantCulture),
    };

    /// <summary>Room for the title, and for a line of losses.</summary>
    private static int TopMargin(Columns columns) => columns.Losses.IsEmpty ? 46 : 64;

    private static string Titled(Columns columns, string title) => columns.Losses.IsEmpty
        ? Figure.Plain(title)
        : $"{Figure.Plain(title)}<br><span style=\"font-size:12px;color:{Palette.Vermilion}\">{Figure.Plain(columns.Losses.ToString())}</span>";
}
