using System.Globalization;
using System.Text;
using BpfInteractive.Charts;

namespace BpfInteractive.Cli.Output;

/// <summary>A snapshot, or the comparison of the engines, as a page that opens offline. The only class that needs the chart library.</summary>
internal static class VmasPage
{
    private const int MostRows = 2000;

    internal static Task WriteAsync(VmaSnapshot snapshot, string? path)
    {
        var taking = snapshot.Taking;
        var page = new Page($"Address space of {snapshot.Process}").Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{snapshot}, {(taking.OneMoment ? "at one moment" : "not all at one moment")}, {taking.KernelTime.TotalMicroseconds:N0} µs in the kernel."));
        foreach (var note in taking.Notes)
        {
            page.Text(note);
        }

        if (snapshot.Count > 0)
        {
            page.Chart(snapshot.Chart(), "Each row is a stretch of addresses, to scale in itself. What is narrower than a pixel is drawn together, each kind by its share.").Chart(snapshot.SizesChart());
        }

        return WriteAsync(page.Table(snapshot.Columns, $"What this engine cannot know: {string.Join("; ", taking.Unknown)}.", MostRows), path);
    }

    internal static Task WriteAsync(Columns engines, string? path) => WriteAsync(
        new Page($"{engines.Text("process")[0]} by every engine")
            .Chart(engines.BarChart("engine", "time_ns", title: "From the call to filled columns"))
            .Table(engines, "`docs/engines.md` tells the history, the cost and the limits of each.", MostRows),
        path);

    private static async Task WriteAsync(Page page, string? path)
    {
        using var gathered = new MemoryStream(Encoding.UTF8.GetBytes(page.ToHtml()));
        await OutputFile.WriteAsync(gathered, path).ConfigureAwait(false);
    }
}
