using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>The plotly.js that Plotly.NET carries.</summary>
internal static class PlotlyScript
{
    private static readonly Lazy<string> s_text = new(Read);

    internal static string Text => s_text.Value;

    private static string Read()
    {
        var assembly = typeof(GenericChart).Assembly;
        var name = assembly.GetManifestResourceNames().First(name => name.Contains("plotly-", StringComparison.Ordinal) && name.EndsWith(".min.js", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
