using System.Net;
using System.Text;
using BpfInteractive.Analysis;
using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>
/// A report: prose, charts and tables in one HTML file that opens without a network. Add its parts in order, then save it. plotly.js (3.6 MB) is in the page once, and only if a chart is.
/// </summary>
/// <param name="title">The page's title and first heading.</param>
public sealed class Page(string title)
{
    private readonly StringBuilder _body = new();
    private int _charts;

    /// <summary>Adds a heading of a part.</summary>
    public Page Heading(string text) => Html($"<h2>{WebUtility.HtmlEncode(text)}</h2>\n");

    /// <summary>Adds a paragraph. Text between backquotes is set as code.</summary>
    public Page Text(string text) => Html($"<p>{Inline(text)}</p>\n");

    /// <summary>Adds code, as it is.</summary>
    public Page Code(string code) => Html($"<pre><code>{WebUtility.HtmlEncode(code)}</code></pre>\n");

    /// <summary>Adds a chart, and a line under it.</summary>
    public Page Chart(GenericChart chart, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var id = FormattableString.Invariant($"chart{++_charts}");

        // In a script element only "</" and "<!--" end what JSON says.
        var figure = GenericChart.toFigureJson(chart).Replace("<", "\\u003c", StringComparison.Ordinal);
        Html($"<figure><div id=\"{id}\" class=\"chart\"></div>{Caption(caption)}</figure>\n");
        return Html($"<script>(f=>Plotly.newPlot(\"{id}\",f.data,f.layout,{{responsive:true,displaylogo:false,modeBarButtonsToRemove:[\"select2d\",\"lasso2d\"]}}))({figure})</script>\n");
    }

    /// <summary>Adds a table: numbers flush right, addresses in hex, long cells folded, the first and the last rows with the number of those between; the losses under it.</summary>
    /// <param name="columns">The rows.</param>
    /// <param name="caption">A line under it.</param>
    /// <param name="first">How many of the first rows are shown.</param>
    /// <param name="last">How many of the last.</param>
    public Page Table(Columns columns, string? caption = null, int first = 10, int last = 5)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Html($"<figure>{HtmlTable.Of(columns, first, last)}{Caption(caption)}</figure>\n");
    }

    /// <summary>Writes the page to a file; it is whole or not there.</summary>
    public async Task SaveAsync(string path, CancellationToken cancellationToken = default) =>
        await WholeFile.WriteAsync(path, async stream => await stream.WriteAsync(Encoding.UTF8.GetBytes(ToHtml()), cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>Writes the page to a file, and waits until it is there.</summary>
    public void Save(string path) => SaveAsync(path).GetAwaiter().GetResult();

    /// <summary>The whole page.</summary>
    public string ToHtml() => HtmlDocument.Of(
        title,
        PageStyle.Css,
        $"<main>\n<h1>{WebUtility.HtmlEncode(title)}</h1>\n{_body}\n</main>",
        _charts == 0 ? "" : $"<script>{PlotlyScript.Text}</script>");

    private static string Caption(string? caption) => caption is null ? "" : $"<figcaption>{Inline(caption)}</figcaption>";

    private static string Inline(string text) =>
        string.Concat(text.Split('`').Select((part, at) => at % 2 == 1 ? $"<code>{WebUtility.HtmlEncode(part)}</code>" : WebUtility.HtmlEncode(part)));

    private Page Html(string html)
    {
        _body.Append(html);
        return this;
    }
}

/// <summary>Charts as pages of their own.</summary>
public static class ChartPages
{
    /// <summary>Writes a chart to an HTML file that opens without a network.</summary>
    public static void SavePage(this GenericChart chart, string path, string title = "Chart") => new Page(title).Chart(chart).Save(path);
}
