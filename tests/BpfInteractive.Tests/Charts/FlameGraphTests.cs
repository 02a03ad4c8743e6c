using System.Text.RegularExpressions;
using BpfInteractive.Charts;
using BpfInteractive.Tests.Stacks;

namespace BpfInteractive.Tests.Charts;

/// <summary>The page of a flame graph: as text, and in a real browser, whose script draws and searches.</summary>
public sealed partial class FlameGraphTests
{
    [Fact]
    public void The_page_needs_nothing_from_outside_and_no_name_can_end_its_script()
    {
        var profile = HandmadeProfile.Make();
        var html = profile.WithNames(ProfileNames.Of(profile, _ => ("</script><script>alert(1)</script>", FrameReason.None))).FlameGraph().ToHtml();

        Assert.DoesNotContain("</script><script>", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(@"(src|href)=", html);
        Assert.DoesNotMatch(@"https?://", html);
        Assert.Contains("lost: 3 samples dropped because the ring was full", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_browser_it_draws_and_finds()
    {
        Require.Tool("chromium");
        using var folder = new TemporaryFolder();
        var html = HandmadeProfile.Named().FlameGraph().ToHtml();
        folder.Write("flame.html", html.Replace("type=\"search\"", "type=\"search\" value=\"work|do_read\"", StringComparison.Ordinal).Replace("</body>", Probe + "</body>", StringComparison.Ordinal));

        var dom = await DomAsync(folder, "flame.html");

        Assert.Contains("60.00 % in 3 frames", dom, StringComparison.Ordinal);
        Assert.Matches("data-colors=\"([2-9]|[1-9][0-9]+)\"", dom);
    }

    [Fact]
    public async Task A_difference_is_drawn_too()
    {
        Require.Tool("chromium");
        using var folder = new TemporaryFolder();
        var difference = HandmadeProfile.Named(2).DifferenceTo(HandmadeProfile.Named().Filter(new ProfileFilter { Pid = 10 }));
        folder.Write("difference.html", difference.FlameGraph().ToHtml().Replace("</body>", Probe + "</body>", StringComparison.Ordinal));

        var dom = await DomAsync(folder, "difference.html");

        Assert.Contains("Widths: after", dom, StringComparison.Ordinal);
        Assert.Matches("data-colors=\"([2-9]|[1-9][0-9]+)\"", dom);
    }

    [Fact]
    public void The_heat_map_puts_each_sample_into_its_part_of_its_second()
    {
        var counts = SubsecondOffsets.CountsOf(HandmadeProfile.Make(), 10);

        // Ten samples, a tenth of a second after each other, from 0.1 s after the start on.
        Assert.Equal(10, counts.Length);
        Assert.All(counts, row => Assert.Equal(2, row.Length));
        Assert.Equal([0, 1, 1, 1, 1, 1, 1, 1, 1, 1], counts.Select(row => row[0]));
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], counts.Select(row => row[1]));
    }

    [Fact]
    public void Plotlys_icicle_has_the_heaviest_nodes_with_their_parents()
    {
        var json = Plotly.NET.GenericChart.toFigureJson(HandmadeProfile.Named().IcicleChart(most: 3));

        Assert.Contains("\"labels\":[\"app\",\"main\",\"work&lt;int&gt;\"]", Spaces().Replace(json, ""), StringComparison.Ordinal);
        Assert.Contains("the heaviest 3 of 11 frames", json, StringComparison.Ordinal);
    }

    // Counts the colours on the canvas until the page is drawn, which on a busy machine may take a while.
    private const string Probe = """
        <script>
        const count = () => {
          const canvas = document.querySelector("canvas"), seen = new Set();
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] > 200) seen.add((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
          document.body.dataset.colors = seen.size;
          if (seen.size < 2) setTimeout(count, 50);
        };
        setTimeout(count, 50);
        </script>
        """;

    private static async Task<string> DomAsync(TemporaryFolder folder, string page)
    {
        string[] arguments =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", $"--user-data-dir={folder["profile"]}",
            "--virtual-time-budget=20000", "--window-size=1200,800", "--dump-dom", $"file://{folder[page]}",
        ];
        var (_, output, errors) = await TestProcess.RunAsync("chromium", arguments, folder.FullName, new Dictionary<string, string?> { ["HOME"] = folder.FullName });
        Assert.True(output.Contains("</html>", StringComparison.Ordinal), errors);
        return output;
    }

    [GeneratedRegex(@"\s")]
    private static partial Regex Spaces();
}
