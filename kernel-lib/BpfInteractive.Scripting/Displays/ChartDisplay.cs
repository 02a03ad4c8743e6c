using System.Globalization;
using System.Net;
using System.Text.Json;
using BpfInteractive.Charts;
using Plotly.NET;

namespace BpfInteractive.Scripting;

/// <summary>
/// A chart for front ends that draw Plotly figures themselves, and as HTML for those that do not. plotly.js (3.6 MB) reaches a page once: the first chart of a cell output
/// brings it, a later one waits for it.
/// </summary>
internal static class ChartDisplay
{
    private const string FigureType = "application/vnd.plotly.v1+json";
    private static int s_charts;

    internal static MimeBundle Format(GenericChart chart)
    {
        var figure = GenericChart.toFigureJson(chart);
        var bringsScript = CellContext.Current?.Output.NeedsPlotly() ?? true;
        var id = string.Create(CultureInfo.InvariantCulture, $"bpfi-chart-{Environment.ProcessId}-{Interlocked.Increment(ref s_charts)}");
        return new MimeBundle(new Dictionary<string, string>
        {
            [MimeBundle.PlainType] = Describe(figure),
            [MimeBundle.HtmlType] = Markup(id, figure, bringsScript, Describe(figure)),
            [FigureType] = figure,
        });
    }

    /// <summary>
    /// The classic Notebook has AMD's <c>define</c>, to which plotly.js would hand itself over; it is hidden while the script runs. A figure that comes before the script
    /// (the page was loaded anew in another order) waits for it. Until then, and where a page runs no scripts (a notebook that is not trusted), a line says what it is.
    /// </summary>
    private static string Markup(string id, string figure, bool bringsScript, string description)
    {
        // In a script element only "</" and "<!--" end what JSON says.
        var safe = figure.Replace("<", "\\u003c", StringComparison.Ordinal);
        var script = bringsScript
            ? $"<script>if(!window.Plotly){{(function(define,exports,module){{{PlotlyScript.Text}\n}}).call(window);}}</script>"
            : PlotlyLoader.Markup;
        return $$$"""
            {{{script}}}<div id="{{{id}}}" style="min-height:300px"><p>{{{WebUtility.HtmlEncode(description)}}} It is drawn in a notebook that is trusted (File, Trust Notebook) and shown by a Jupyter with the kernel bpfi.</p></div>
            <script>(function(figure){(function draw(left){var at=document.getElementById("{{{id}}}");if(window.Plotly&&at){at.textContent="";Plotly.newPlot(at,figure.data,figure.layout,{responsive:true,displaylogo:false});}else if(left>0){setTimeout(function(){draw(left-1)},100);}})(100);})({{{safe}}});</script>
            """;
    }

    private static string Describe(string figure)
    {
        using var document = JsonDocument.Parse(figure);
        var traces = document.RootElement.GetProperty("data").EnumerateArray()
            .Select(trace => trace.TryGetProperty("type", out var type) ? type.GetString() : "scatter")
            .ToList();
        return $"[chart: {string.Join(", ", traces.Distinct())}; {traces.Count} {(traces.Count == 1 ? "trace" : "traces")}]";
    }
}
