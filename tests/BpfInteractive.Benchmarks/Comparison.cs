using System.Globalization;

namespace BpfInteractive.Benchmarks;

/// <summary>
/// One measured figure beside its peer's, both taken in this run. Less is better; turn a rate round before it comes here.
/// </summary>
/// <param name="What">What was measured: "drain a ring into columns".</param>
/// <param name="Against">The peer: "C, libbpf callback"; "-" where the figure stands by itself.</param>
/// <param name="Ours">Our figure, a median.</param>
/// <param name="Peer">The peer's figure in the same unit; 1 where the figure stands by itself.</param>
/// <param name="Unit">"ns/event", "ms", "bytes/event".</param>
/// <param name="Must">The highest ratio that will do; NaN where there is no goal.</param>
/// <param name="Aim">The ratio to aim for; NaN where there is no goal.</param>
public sealed record Comparison(string What, string Against, double Ours, double Peer, string Unit, double Must = double.NaN, double Aim = double.NaN)
{
    /// <summary>Ours divided by the peer's.</summary>
    public double Ratio => Ours / Peer;

    /// <summary>"aim", "must", "no", or "" where there is no goal.</summary>
    public string Met => double.IsNaN(Must) ? "" : Ratio <= Aim ? "aim" : Ratio <= Must ? "must" : "**no**";

    /// <summary>A figure without a peer: its goals are on the figure itself.</summary>
    public static Comparison Alone(string what, double ours, string unit, double must = double.NaN, double aim = double.NaN) =>
        new(what, "-", ours, 1, unit, must, aim);

    /// <summary>The head of the table that <see cref="ToMarkdown"/> makes the rows of.</summary>
    public static string MarkdownHead =>
        "| what | against | ours | peer | ratio | must | aim | met |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |";

    /// <summary>One row of a markdown table.</summary>
    public string ToMarkdown()
    {
        var peer = Against == "-" ? "" : $"{Number(Peer)} {Unit}";
        return $"| {What} | {Against} | {Number(Ours)} {Unit} | {peer} | {Number(Ratio)} | {Number(Must)} | {Number(Aim)} | {Met} |";
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "" : value == 0 ? "0" : value.ToString(Math.Abs(value) >= 100 ? "N0" : "G3", CultureInfo.InvariantCulture);
}
