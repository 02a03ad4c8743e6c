using System.Text.Json;
using Plotly.NET;

namespace BpfInteractive.Tests.Charts;

/// <summary>What a chart tells Plotly, read as JSON.</summary>
internal sealed class Figures
{
    private Figures(JsonElement root) => Root = root;

    internal JsonElement Root { get; }

    internal JsonElement Layout => Root.GetProperty("layout");

    internal IReadOnlyList<JsonElement> Traces => [.. Root.GetProperty("data").EnumerateArray()];

    internal string Title => Layout.GetProperty("title").GetProperty("text").GetString()!;

    internal IEnumerable<string> Annotations => Layout.GetProperty("annotations").EnumerateArray().Select(each => each.GetProperty("text").GetString()!);

    internal static Figures Of(GenericChart chart) => new(JsonDocument.Parse(GenericChart.toFigureJson(chart)).RootElement.Clone());

    internal JsonElement Trace(string name) => Traces.Single(trace => trace.GetProperty("name").GetString() == name);

    internal static double[] Numbers(JsonElement trace, string property) => [.. trace.GetProperty(property).EnumerateArray().Select(each => each.GetDouble())];

    internal static string[] Texts(JsonElement trace, string property) => [.. trace.GetProperty(property).EnumerateArray().Select(each => each.GetString()!)];
}
