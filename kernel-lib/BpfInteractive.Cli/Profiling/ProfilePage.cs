using System.Text;
using BpfInteractive.Charts;
using BpfInteractive.Cli.Output;

namespace BpfInteractive.Cli.Profiling;

/// <summary>A profile as a page that opens offline. The only class here that needs the chart library.</summary>
internal static class ProfilePage
{
    internal static Task WriteFlameGraphAsync(Profile profile, string? path) => WriteAsync(profile.FlameGraph().ToHtml(), path);

    internal static Task WriteDifferenceAsync(ProfileDifference difference, string? path) => WriteAsync(difference.FlameGraph().ToHtml(), path);

    internal static Task WriteHeatMapAsync(Profile profile, string? path)
    {
        var page = new Page("When the samples fell").Chart(
            profile.SubsecondHeatMap(),
            "A column is a second, a row a fiftieth of one: bursts and pauses that an average hides show as patterns.");
        return WriteAsync(page.Text(profile.Summarize().ToString()).ToHtml(), path);
    }

    private static async Task WriteAsync(string html, string? path)
    {
        using var gathered = new MemoryStream(Encoding.UTF8.GetBytes(html));
        await OutputFile.WriteAsync(gathered, path).ConfigureAwait(false);
    }
}
