using System.Globalization;
using System.Net;
using System.Text.Json;
using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>A chart as HTML for pages that have scripts. plotly.js (3.6 MB) reaches a page once: the first chart of a session may bring it, a later one waits for it.</summary>
internal static class ChartMarkup
{
    private static int s_charts;

    /// <summary>The figure as plotly.js takes it, the HTML that draws it, and a line that says what it is.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="bringsScript">Whether plotly.js comes with it.</param>
    internal static (string Figure, string Html, string Text) Of(GenericChart chart, bool bringsScript)
    {
        var figure = GenericChart.toFigureJson(chart);
        var id = string.Create(CultureInfo.InvariantCulture, $"bpfi-chart-{Environment.ProcessId}-{Interlocked.Increment(ref s_charts)}");
        return (figure, Markup(id, figure, bringsScript, Describe(figure)), Describe(figure));
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
