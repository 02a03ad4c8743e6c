using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using BpfInteractive.Analysis;

namespace BpfInteractive.Charts;

/// <summary>
/// A flame graph: width is weight, a frame stands under the one that called it, colour is the kind of code. It is searched (by regular expression), zoomed by a click, turned
/// over and sorted in the browser.
/// </summary>
/// <remarks>
/// Drawn on a canvas by a script of this library, and not by Plotly: Plotly's icicle makes an SVG element and a text of every node, takes seconds from a few thousand on, and has
/// no search. <see cref="ProfileCharts.IcicleChart"/> is the Plotly form, of the heaviest nodes, for displays that are drawn anew while a profile grows.
/// </remarks>
public sealed class FlameGraph
{
    private static readonly string s_script = Resource("flamegraph.js");
    private static readonly string s_style = Resource("flamegraph.css");

    private readonly FlameData _data;
    private readonly string _title;
    private readonly IReadOnlyList<string> _lines;
    private readonly Columns _functions;
    private readonly Profile? _profile;

    internal FlameGraph(FlameData data, string title, IEnumerable<string> lines, Columns functions, Profile? profile = null) =>
        (_data, _title, _lines, _functions, _profile) = (data, title, [.. lines], functions, profile);

    /// <summary>As a picture of a live display: <c>sampler.Show(profile =&gt; profile.FlameGraph())</c>.</summary>
    public static implicit operator LivePicture(FlameGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.ToLivePicture();
    }

    /// <summary>As a picture of a live display.</summary>
    /// <exception cref="InvalidOperationException">It is a difference of two profiles.</exception>
    public LivePicture ToLivePicture() => _profile is null
        ? throw new InvalidOperationException("a difference of profiles is no live picture: show the later profile")
        : LivePicture.FlameGraph(_profile, _title);

    /// <summary>The whole page: opens without a network.</summary>
    public string ToHtml() => HtmlDocument.Of(
        _title,
        $$"""
        :root { color-scheme: light; }
        body { margin: 14px 20px 40px; background: #fff; color: #1f2328; font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        h1 { font-size: 19px; margin: 2px 0 4px; }
        p { margin: 2px 0; color: #57606a; }
        p.lost { color: #a33f00; font-weight: 600; }
        {{s_style}}
        """,
        $"""
        <h1>{WebUtility.HtmlEncode(_title)}</h1>
        {string.Join('\n', _lines.Select(line => $"<p{(line.StartsWith("lost:", StringComparison.Ordinal) ? " class=\"lost\"" : "")}>{WebUtility.HtmlEncode(line)}</p>"))}
        {ToFragment()}
        {TopTable()}
        """);

    /// <summary>The graph alone, to be put into a page of one's own: style, markup and script.</summary>
    public string ToFragment()
    {
        var id = $"flame{Guid.NewGuid():N}";
        return $"""
            <div class="flame" id="{id}">
            <div class="bar">
            <input type="search" placeholder="Search: a regular expression  ( / )" aria-label="Search frames" spellcheck="false">
            <span class="found" role="status"></span>
            <button disabled title="Backspace">Back</button><button disabled title="Escape">Whole</button><button>Root below</button><button>By name</button>{(_data.IsDifference ? "<button>Widths: after</button>" : "")}
            <span class="legend">{Legend()}</span>
            </div>
            <div><canvas tabindex="0" aria-label="Flame graph; the table below has the functions as text"></canvas></div>
            <div class="tip" role="tooltip"></div>
            <p class="help">Click a frame to zoom, Escape to see the whole again. Width is weight; a frame stands under its caller.</p>
            </div>
            <script>
            {s_script}
            flameGraph(document.getElementById("{id}"), {_data.ToJson()});
            </script>
            """;
    }

    /// <summary>Writes the page to a file; it is whole or not there.</summary>
    public Task SaveAsync(string path, CancellationToken cancellationToken = default) =>
        WholeFile.WriteAsync(path, async stream => await stream.WriteAsync(Encoding.UTF8.GetBytes(ToHtml()), cancellationToken).ConfigureAwait(false));

    /// <summary>Writes the page to a file, and waits until it is there.</summary>
    public void Save(string path) => SaveAsync(path).GetAwaiter().GetResult();

    internal static string StyleElement => $"<style>\n{s_style}\n</style>";

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(FlameGraph).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private string Legend() => _data.IsDifference
        ? "<span><i style=\"background:hsl(14,78%,70%)\"></i>more</span><span><i style=\"background:hsl(206,78%,70%)\"></i>less</span><span><i style=\"background:#eceff2\"></i>the same</span>"
        : string.Concat(FlameColors.Legend.Select(entry => $"<span><i style=\"background:{entry.Color}\"></i>{entry.Text}</span>"));

    private string TopTable()
    {
        var html = new StringBuilder("<div class=\"top\"><table><thead><tr>");
        var rows = Math.Min(60, _functions.RowCount);
        var columns = _functions.Where(column => column.Name is not ("kind" or "self_samples" or "total_samples")).ToList();
        foreach (var column in columns)
        {
            html.Append(CultureInfo.InvariantCulture, $"<th{(column.ElementType == typeof(string) ? "" : " class=\"n\"")}>{column.Name.Replace('_', ' ')}</th>");
        }

        html.Append("</tr></thead><tbody>\n");
        var kinds = _functions.Text("kind");
        for (var row = 0; row < rows; row++)
        {
            html.Append("<tr>");
            foreach (var column in columns)
            {
                html.Append(Cell(column, row, kinds[row]!));
            }

            html.Append("</tr>\n");
        }

        html.Append("</tbody></table>");
        html.Append(_functions.RowCount > rows ? string.Create(CultureInfo.InvariantCulture, $"<p>and {_functions.RowCount - rows:N0} more functions</p></div>") : "</div>");
        return html.ToString();
    }

    private string Cell(Column column, int row, string kind)
    {
        var text = WebUtility.HtmlEncode(column.FormatValue(row));
        return column switch
        {
            { Name: "function" } => $"<td class=\"f\" title=\"{text}\"><i style=\"background:{FlameColors.Of(kind)}\"></i>{text}</td>",
            Column<long> values => string.Create(CultureInfo.InvariantCulture, $"<td class=\"n\" title=\"{text}\">{Weight(values, row)}</td>"),
            Column<double> => $"<td class=\"n\">{text}</td>",
            _ => $"<td>{text}</td>",
        };
    }

    private string Weight(Column<long> values, int row)
    {
        var shown = values.Format switch
        {
            ColumnFormat.Nanoseconds => Human.Nanoseconds(values[row]),
            ColumnFormat.Bytes => Human.Bytes(values[row]),
            _ => Human.Count(values[row]),
        };
        return _data.IsDifference || _data.Total == 0 ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown} ({100.0 * values[row] / _data.Total:0.0} %)");
    }
}

/// <summary>The colours of the kinds of code; flamegraph.js has the same, in shades for the modules.</summary>
internal static class FlameColors
{
    internal static readonly IReadOnlyList<(string Kind, string Text, string Color)> Legend =
    [
        ("user", "program or library", "hsl(205,62%,77%)"), ("kernel", "kernel", "hsl(32,82%,77%)"), ("jit", "run-time code", "hsl(158,46%,77%)"), ("inlined", "inlined into its caller", "hsl(262,48%,82%)"),
        ("unmapped", "not mapped", "hsl(0,0%,84%)"), ("none", "paler: no name", "hsl(205,28%,86%)"),
    ];

    internal static string Of(string kind) => Legend.FirstOrDefault(entry => entry.Kind == kind, Legend[^1]).Color;
}

/// <summary>A tree of calls as flamegraph.js takes it.</summary>
internal sealed class FlameData
{
    private readonly IReadOnlyList<CallTreeNode> _nodes;
    private readonly IReadOnlyList<long>? _before;
    private readonly string _unit;
    private readonly long _totalBefore;

    private FlameData(IReadOnlyList<CallTreeNode> nodes, IReadOnlyList<long>? before, string unit)
    {
        (_nodes, _before, _unit) = (nodes, before, unit);
        Total = nodes.Where(node => node.Parent < 0).Sum(node => node.Total);
        _totalBefore = before is null ? 0 : Enumerable.Range(0, nodes.Count).Where(at => nodes[at].Parent < 0).Sum(at => before[at]);
    }

    internal long Total { get; }

    internal bool IsDifference => _before is not null;

    internal static FlameData Of(Profile profile) => new(profile.ToCallTree().Nodes, null, profile.Info.ValueUnit);

    internal static FlameData Of(ProfileDifference difference, string unit) => new(
        [.. difference.Nodes.Select(node => new CallTreeNode(node.Parent, node.Text, node.Module, node.Kind, FrameReason.None, 0, 0, node.After))],
        [.. difference.Nodes.Select(node => node.Before)],
        unit);

    // "<" is written as an escape: in a script element "</" and "<!--" would end what JSON says.
    internal string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            Write(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray()).Replace("<", "\\u003c", StringComparison.Ordinal);
    }

    private void Write(Utf8JsonWriter json)
    {
        var names = new Numbers();
        var modules = new Numbers();
        modules.Of("");
        json.WriteStartObject();
        json.WriteString("unit", _unit);
        json.WriteNumber("total", Total);
        json.WriteNumber("totalBefore", _totalBefore);
        json.WriteBoolean("difference", IsDifference);
        json.WriteStartObject("nodes");
        WriteNumbers(json, "parent", node => node.Parent);
        WriteNumbers(json, "name", node => names.Of(node.Text));
        WriteNumbers(json, "module", node => modules.Of(node.Module));
        WriteNumbers(json, "kind", node => node.Kind is { } kind ? (int)kind + 1 : 0);
        WriteNumbers(json, "reason", node => (int)node.Reason);
        WriteNumbers(json, "samples", node => node.Samples);
        WriteNumbers(json, "self", node => node.Self);
        WriteNumbers(json, "total", node => node.Total);
        if (_before is not null)
        {
            json.WriteStartArray("before");
            foreach (var weight in _before)
            {
                json.WriteNumberValue(weight);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        WriteTexts(json, "names", names.Texts);
        WriteTexts(json, "modules", modules.Texts);
        WriteTexts(json, "reasons", Enum.GetValues<FrameReason>().Select(FrameReasons.TextOf));
        json.WriteEndObject();
    }

    private void WriteNumbers(Utf8JsonWriter json, string name, Func<CallTreeNode, long> value)
    {
        json.WriteStartArray(name);
        foreach (var node in _nodes)
        {
            json.WriteNumberValue(value(node));
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private sealed class Numbers
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

        internal IEnumerable<string> Texts => _numbers.OrderBy(entry => entry.Value).Select(entry => entry.Key);

        internal int Of(string text)
        {
            _numbers.TryAdd(text, _numbers.Count);
            return _numbers[text];
        }
    }
}
