using Microsoft.FSharp.Collections;
using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>
/// Puts Plotly's own property names into Plotly.NET's objects: no template and no defaults (they cost 60 ms a chart), one look for all. What comes out is a plain
/// <see cref="GenericChart"/>, which every function of Plotly.NET takes.
/// </summary>
internal static class Figure
{
    private const string FontFamily = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

    internal static Trace Trace(string type, params (string Name, object? Value)[] properties)
    {
        var trace = new Trace(type);
        foreach (var (name, value) in properties)
        {
            if (value is not null)
            {
                trace.SetProperty(name, value);
            }
        }

        return trace;
    }

    internal static Dictionary<string, object?> Map(params (string Name, object? Value)[] properties) =>
        properties.Where(property => property.Value is not null).ToDictionary(property => property.Name, property => property.Value);

    /// <summary>An axis with light lines; <paramref name="more"/> adds to it or changes it.</summary>
    internal static Dictionary<string, object?> Axis(string? title, params (string Name, object? Value)[] more)
    {
        var axis = Map(
            ("title", title is null ? null : Map(("text", title), ("font", Map(("color", Palette.SoftInk), ("size", 12))))),
            ("gridcolor", "#EAECEF"),
            ("linecolor", "#C9CED6"),
            ("zeroline", false),
            ("automargin", true),
            ("tickfont", Map(("color", Palette.SoftInk), ("size", 12))));
        foreach (var (name, value) in more)
        {
            axis[name] = value;
        }

        return axis;
    }

    internal static GenericChart Chart(string title, IEnumerable<Trace> traces, int height, params (string Name, object? Value)[] layout)
    {
        var properties = new Layout();
        (string, object?)[] house =
        [
            ("title", Map(("text", title), ("x", 0), ("xref", "container"), ("xanchor", "left"), ("y", 1), ("yanchor", "top"), ("pad", Map(("t", 12))), ("font", Map(("size", 15), ("color", Palette.Ink))))),
            ("font", Map(("family", FontFamily), ("color", Palette.Ink), ("size", 13))),
            ("paper_bgcolor", "#FFFFFF"),
            ("plot_bgcolor", "#FFFFFF"),
            ("height", height),
            ("margin", Map(("l", 60), ("r", 24), ("t", 52), ("b", 48))),
            ("hoverlabel", Map(("align", "left"), ("bgcolor", "#FFFFFF"), ("bordercolor", "#C9CED6"), ("font", Map(("color", Palette.Ink), ("size", 12))))),
            ("bargap", 0.25),
        ];
        foreach (var (name, value) in house.Concat(layout))
        {
            properties.SetProperty(name, value);
        }

        return GenericChart.setLayout(properties, GenericChart.ofTraceObjects(false, ListModule.OfSeq(traces)));
    }

    /// <summary>Text that Plotly would otherwise read as markup.</summary>
    internal static string Plain(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
