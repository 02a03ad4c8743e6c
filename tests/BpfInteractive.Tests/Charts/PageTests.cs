using System.Text.RegularExpressions;
using BpfInteractive.Charts;

namespace BpfInteractive.Tests.Charts;

public sealed partial class PageTests : IDisposable
{
    private const string Hostile = "</script><script>document.title='broken'</script><img src=http://example.invalid/x>";

    private static readonly Columns s_rows = new(
        "rows",
        [TextColumn.Of("path", "/bin/ls", Hostile, null), new Column<ulong>("address", [4096, 8192, ulong.MaxValue], ColumnFormat.Address), new Column<ulong>("size", [1, 2048, 3 << 20], ColumnFormat.Bytes)],
        Losses.Of(new Loss("ring-full", "events dropped", 7)));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plotly_is_in_a_page_once_and_only_with_a_chart()
    {
        var two = new Page("two").Chart(s_rows.BarChart("path")).Chart(s_rows.BarChart("path")).ToHtml();
        Assert.Single(PlotlyBanner().Matches(two));
        Assert.Equal(2, Regex.Count(two, "Plotly\\.newPlot\\(\"chart"));
        Assert.InRange(two.Length, 1_000_000, 6_000_000);

        var none = new Page("none").Table(s_rows).ToHtml();
        Assert.Empty(PlotlyBanner().Matches(none));
        Assert.InRange(none.Length, 1_000, 20_000);
    }

    [Fact]
    public void A_page_asks_the_network_for_nothing()
    {
        var html = new Page("page").Heading("h").Text("t").Code("c").Chart(s_rows.BarChart("path")).Table(s_rows).ToHtml();
        var outside = PlotlyScriptElement().Replace(html, "");
        Assert.DoesNotMatch("<link|<img|<iframe|@import|url\\(| src=\"|<script src", outside);
    }

    [Fact]
    public void Text_from_processes_is_text_in_a_page()
    {
        var html = new Page(Hostile).Heading(Hostile).Text($"{Hostile} `{Hostile}`").Code(Hostile).Chart(s_rows.BarChart("path"), Hostile).Table(s_rows, Hostile).ToHtml();
        Assert.DoesNotContain("</script><script>document.title", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_has_hex_addresses_sizes_to_read_and_the_losses()
    {
        var html = new Page("t").Table(s_rows).ToHtml();
        Assert.Contains(">0xffffffffffffffff<", html, StringComparison.Ordinal);
        Assert.Contains("title=\"3145728\">3 MB<", html, StringComparison.Ordinal);
        Assert.Contains("lost: 7 events dropped", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_long_table_the_first_and_the_last_rows_are_shown_and_the_rest_counted()
    {
        var html = new Page("t").Table(new Columns("n", [new Column<int>("n", [.. Enumerable.Range(1000, 1000)])]), first: 2, last: 1).ToHtml();
        Assert.Contains("997 more rows; 1,000 in all", html, StringComparison.Ordinal);
        Assert.Equal(["1000", "1001", "1999"], Regex.Matches(html, "<td class=\"number\">(\\d+)<").Select(match => match.Groups[1].Value));
    }

    [Fact]
    [Slow]
    public async Task A_browser_without_a_network_draws_every_chart_of_thirty_thousand_vmas()
    {
        Require.Tool("chromium");
        var page = _folder["page.html"];
        new Page("page").Chart(VmaCharts.Chart(Spaces.Many(30_000), "many")).Chart(s_rows.BarChart("path")).Chart(BpfInteractive.Vmas.Self().SizesChart()).Save(page);
        Assert.InRange(new FileInfo(page).Length, 1_000_000, 7_000_000);
        string[] chromium =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", $"--user-data-dir={_folder["profile"]}",
            "--virtual-time-budget=20000", "--dump-dom", $"file://{page}",
        ];
        var offline = Environment.IsPrivilegedProcess;
        var (_, dom, errors) = await TestProcess.RunAsync(offline ? "unshare" : "chromium", offline ? ["-n", "chromium", .. chromium] : chromium, limit: TimeSpan.FromMinutes(5));
        Assert.True(Regex.Count(dom, "<svg class=\"main-svg\"") >= 3, errors);
        Assert.Equal(3, Regex.Count(dom, "class=\"chart js-plotly-plot\""));
        Assert.True(Regex.Count(dom, "class=\"point\"") > 1000, "few bars were drawn");
        Assert.Contains(">30,000 VMAs", dom.Replace("· ", "", StringComparison.Ordinal).Replace("<tspan", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"plotly\.js v\d")]
    private static partial Regex PlotlyBanner();

    [GeneratedRegex("<script>.*?</script>", RegexOptions.Singleline)]
    private static partial Regex PlotlyScriptElement();
}
