using System.Globalization;

namespace BpfInteractive.Exited.Soaking;

/// <summary>What a soak came to.</summary>
/// <param name="Started">Processes that the load started.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="Samples">Samples taken.</param>
/// <param name="Processes">Processes seen.</param>
/// <param name="PeakBytes">The most memory that the sampling process had, the runtime and everything in it.</param>
/// <param name="Stop">From asking for the end to the profile with its names.</param>
/// <param name="Losses">What was lost, by name.</param>
/// <param name="NamedShare">User leaves with a name among all.</param>
public sealed record SoakResult(
    int Started, int Seconds, int Samples, int Processes, long PeakBytes, TimeSpan Stop, IReadOnlyDictionary<string, long> Losses, double NamedShare)
{
    private const long MostBytes = 300_000_000;
    private static readonly TimeSpan s_longestStop = TimeSpan.FromSeconds(2);

    /// <summary>What it falls short of; empty when it passes.</summary>
    public IEnumerable<string> Shortfalls()
    {
        if (Started < 0.9 * Soak.StartsASecond * Seconds)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"only {Started / Seconds} processes a second could be started, not {Soak.StartsASecond}");
        }

        if (PeakBytes >= MostBytes)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{PeakBytes / 1e6:F0} MB at most, not under {MostBytes / 1e6:F0}");
        }

        if (Stop >= s_longestStop)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Stop.TotalSeconds:F2} s from stop to result, not under {s_longestStop.TotalSeconds:F0}");
        }

        foreach (var ring in Losses.Where(loss => loss.Key is "samples-dropped" or "facts-dropped" && loss.Value > 0))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{ring.Key} {ring.Value}");
        }
    }

    /// <summary>The figures, and whether they pass.</summary>
    public void Write(TextWriter writer)
    {
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            | started | a second | samples | processes | user leaves named | peak memory | stop to result | losses |
            | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
            | {Started} | {(double)Started / Seconds:F0} | {Samples} | {Processes} | {NamedShare:P1} | {PeakBytes / 1e6:F0} MB | {Stop.TotalSeconds:F2} s | {string.Join(", ", Losses.Where(loss => loss.Value > 0).Select(loss => $"{loss.Key} {loss.Value}"))} |
            """));
        var shortfalls = Shortfalls().ToList();
        writer.WriteLine(shortfalls.Count == 0 ? "\npasses" : $"\ndoes not pass: {string.Join("; ", shortfalls)}");
    }
}
