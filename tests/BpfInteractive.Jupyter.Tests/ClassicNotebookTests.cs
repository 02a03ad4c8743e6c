using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>The classic Notebook in Chromium, with the kernel as <c>bpfi notebook</c> starts it.</summary>
[Slow]
public sealed class ClassicNotebookTests : IDisposable
{
    private const string Program = "#!bpf --name calls\nu64 count;\n\nSEC(\"raw_tp/sys_enter\")\nint on_call(void *ctx)\n{\n    __sync_fetch_and_add(&count, 1);\n    return 0;\n}";

    private const string StopButton = "document.querySelector('.bpfi-live ~ button')";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cells_run_and_an_interrupt_leaves_the_state_as_it_was()
    {
        await using var browser = await StartAsync("Console.WriteLine(\"said\"); var kept = 40;", "kept + 2", "while (true) { }", "kept + 3");
        var page = browser.Page;
        await page.RunToEndAsync(0);
        await page.WaitForTextAsync(0, "said");
        await page.RunToEndAsync(1);
        await page.WaitForTextAsync(1, "42");
        await page.RunAsync(2);
        await browser.Browser.WaitForAsync("Jupyter.notebook.kernel_busy && Jupyter.notebook.get_cell(2).element.find('.input_prompt').text().includes('*')");
        await page.ClickAsync("jupyter-notebook:interrupt-kernel");
        await page.WaitForEndAsync(2);
        await page.WaitForTextAsync(2, "interrupted");
        await page.RunToEndAsync(3);
        await page.WaitForTextAsync(3, "43");
        await browser.Browser.ScreenshotAsync("interrupt");
    }

    [Fact]
    public async Task A_BPF_cell_shows_its_error_at_the_line_and_runs_when_it_is_corrected()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to load BPF programs");
        await using var browser = await StartAsync(Program.Replace("return", "retrun", StringComparison.Ordinal), "calls.Globals.count > 0");
        var page = browser.Page;
        await page.RunToEndAsync(0);
        await page.WaitForTextAsync(0, "retrun 0;");
        Assert.Contains("8:", await page.SeenAsync(0), StringComparison.Ordinal);
        await browser.Browser.ScreenshotAsync("bpf-error");
        await page.EditAsync(0, Program);
        await page.RunToEndAsync(0);
        await page.WaitForTextAsync(0, "on_call");
        Assert.DoesNotContain("retrun", await page.SeenAsync(0), StringComparison.Ordinal);
        await page.RunToEndAsync(1);
        await page.WaitForTextAsync(1, "True");
        await browser.Browser.ScreenshotAsync("bpf-corrected");
    }

    [Fact]
    public async Task A_chart_is_drawn_by_the_servers_plotly_stored_without_it_and_drawn_again_when_the_notebook_is_opened_again()
    {
        await using var browser = await StartAsync("#!time\nVmas.Of(Environment.ProcessId).Chart()", "Vmas.Of(Environment.ProcessId).Chart()");
        var page = browser.Page;
        await page.RunToEndAsync(0);
        await page.RunToEndAsync(1);
        await browser.Browser.WaitForAsync("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 2");
        Assert.Equal(1, (await browser.Browser.EvaluateAsync("document.querySelectorAll('script[src*=\"kernelspecs/bpfi/plotly.js\"]').length"))!.GetValue<int>());
        Assert.Equal("function", (await browser.Browser.EvaluateAsync("typeof define"))!.GetValue<string>());
        await browser.Browser.ScreenshotAsync("chart");
        await page.SaveAsync();
        Assert.InRange(new FileInfo(_folder["books/book.ipynb"]).Length, 1, 1 << 20);
        await page.ReloadAsync();
        await browser.Browser.WaitForAsync("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 2");
        await browser.Browser.ScreenshotAsync("chart-again");
    }

    [Fact]
    public async Task A_live_picture_changes_inside_one_element_until_its_stop_button_and_stays_as_a_picture_where_nothing_is_trusted()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to load BPF programs");
        await using var browser = await StartAsync(Program, "await calls.Show(c => LivePicture.Rate(\"System calls\", c.Globals.count), TimeSpan.FromMilliseconds(100));", "calls.Globals.count > 0");
        var page = browser.Page;
        await page.RunToEndAsync(0);
        await page.RunAsync(1);
        await WatchLiveAsync(browser.Browser);
        await browser.Browser.WaitForAsync("window.bpfiChanges >= 50");
        await AssertSameElementAsync(browser.Browser);
        await browser.Browser.ScreenshotAsync("live");
        await browser.Browser.EvaluateAsync(StopButton + ".click()");
        await page.WaitForEndAsync(1);
        await page.WaitForTextAsync(1, "stopped after");
        Assert.Equal(0, (await browser.Browser.EvaluateAsync("document.querySelectorAll('.bpfi-live ~ button').length"))!.GetValue<int>());
        await page.RunToEndAsync(2);
        await page.WaitForTextAsync(2, "True");
        await browser.Browser.ScreenshotAsync("live-stopped");
        await page.SaveAsync();

        // Another machine's: its signature is unknown, and so is its kernel.
        var saved = JsonNode.Parse(File.ReadAllText(_folder["books/book.ipynb"]))!;
        var outputs = saved["cells"]![1]!["outputs"]!;
        Assert.InRange(outputs.ToJsonString().Length, 1000, 120 << 10); // one frame, however long it went on
        Assert.DoesNotContain("<script", outputs.ToJsonString(), StringComparison.Ordinal);
        saved["metadata"]!["kernelspec"] = new JsonObject { ["name"] = "of-another-machine", ["display_name"] = "Another", ["language"] = "another" };
        _folder.Write("books/other.ipynb", saved.ToJsonString());
        await page.OpenWithoutKernelAsync(browser.Server, "other.ipynb");
        await browser.Browser.WaitForAsync("document.querySelector('.output_png img').naturalWidth >= 400");
        Assert.False((await browser.Browser.EvaluateAsync("Jupyter.notebook.trusted"))!.GetValue<bool>());
        Assert.DoesNotContain("stopped after", await page.SeenAsync(1), StringComparison.Ordinal); // no texts without their places beside it
        await browser.Browser.ScreenshotAsync("live-not-trusted");
    }

    [Fact]
    public async Task A_live_picture_in_the_background_goes_on_in_its_place_while_other_cells_run()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to load BPF programs");
        await using var browser = await StartAsync(
            Program,
            "var shown = calls.ShowInBackground(c => LivePicture.Counter(\"System calls\", c.Globals.count), TimeSpan.FromMilliseconds(100));",
            "40 + 2",
            "while (true) { }",
            "await shown.Ended; shown.FrameCount >= 10");
        var page = browser.Page;
        await page.RunToEndAsync(0);
        await page.RunToEndAsync(1);
        await WatchLiveAsync(browser.Browser);
        await page.RunToEndAsync(2);
        await page.WaitForTextAsync(2, "42");
        await browser.Browser.EvaluateAsync("window.bpfiChanges = 0");
        await page.RunAsync(3);
        await browser.Browser.WaitForAsync("window.bpfiChanges >= 10");
        await AssertSameElementAsync(browser.Browser);
        await browser.Browser.EvaluateAsync(StopButton + ".click()"); // while a cell runs
        await page.WaitForTextAsync(1, "stopped after");
        await browser.Browser.ScreenshotAsync("live-background");
        await page.ClickAsync("jupyter-notebook:interrupt-kernel");
        await page.WaitForEndAsync(3);
        await page.RunToEndAsync(4);
        await page.WaitForTextAsync(4, "True");
    }

    [Fact]
    public async Task A_table_is_sorted_by_a_click_on_a_head_and_is_a_plain_one_where_nothing_is_trusted()
    {
        const string Frame = """
            new Microsoft.Data.Analysis.DataFrame(
                new Microsoft.Data.Analysis.StringDataFrameColumn("name", Enumerable.Range(0, 40).Select(i => i == 38 ? null : $"n{(i * 7) % 40:00}")),
                new Microsoft.Data.Analysis.UInt64DataFrameColumn("big", Enumerable.Range(0, 40).Select(i => i == 39 ? (ulong?)null : ulong.MaxValue - (ulong)(i * 3 % 40))),
                new Microsoft.Data.Analysis.DoubleDataFrameColumn("part", Enumerable.Range(0, 40).Select(i => (i * 11 % 40 - 20) / 3.0)))
            """;
        await using var browser = await StartAsync(Frame);
        var page = browser.Page;
        await page.RunToEndAsync(0);
        await page.WaitForTextAsync(0, "25 more rows");
        await AssertSortedAsync(browser.Browser);
        await ClickHeadAsync(browser.Browser, 2);
        await browser.Browser.ScreenshotAsync("table-sorted");
        await page.SaveAsync();

        var (status, _, errors) = await TestProcess.RunAsync("/usr/bin/python3", ["-W", "ignore", "-m", "nbconvert", "--to", "html", "book.ipynb"], _folder["books"]);
        Assert.True(status == 0, errors);
        await browser.Browser.OpenAsync("file://" + _folder["books/book.html"]);
        await browser.Browser.WaitForAsync("document.title != 'Home' && document.querySelector('.bpfi-sorts .bpfi-table')");
        await AssertSortedAsync(browser.Browser);

        var saved = JsonNode.Parse(File.ReadAllText(_folder["books/book.ipynb"]))!;
        saved["metadata"]!["kernelspec"] = new JsonObject { ["name"] = "of-another-machine", ["display_name"] = "Another", ["language"] = "another" };
        _folder.Write("books/other.ipynb", saved.ToJsonString());
        await page.OpenWithoutKernelAsync(browser.Server, "other.ipynb");
        await browser.Browser.WaitForAsync("document.querySelectorAll('.output td').length >= 45");
        Assert.Equal(0, (await browser.Browser.EvaluateAsync("document.querySelectorAll('.bpfi-sorts').length"))!.GetValue<int>());
        Assert.DoesNotContain("addEventListener", await page.SeenAsync(0), StringComparison.Ordinal);
        await browser.Browser.ScreenshotAsync("table-not-trusted");
    }

    /// <summary>Each column up, down, and as it was: 64 bits are not rounded, what has no value comes last, the line about rows left out behind it.</summary>
    private static async Task AssertSortedAsync(Browser browser)
    {
        var before = await ColumnAsync(browser, 0);
        Assert.Equal(["25 more rows"], before[10..11]);
        var names = before.Where(text => text.StartsWith('n')).ToList();
        await ClickHeadAsync(browser, 0);
        string[] up = [.. names.Order(StringComparer.Ordinal), "–", "25 more rows"];
        Assert.Equal(up, await ColumnAsync(browser, 0));
        await ClickHeadAsync(browser, 0);
        string[] down = [.. names.OrderDescending(StringComparer.Ordinal), "–", "25 more rows"];
        Assert.Equal(down, await ColumnAsync(browser, 0));
        await ClickHeadAsync(browser, 0);
        Assert.Equal(before, await ColumnAsync(browser, 0));

        await ClickHeadAsync(browser, 1);
        var shown = await ColumnAsync(browser, 1);
        var numbers = shown[..14].Select(ulong.Parse).ToList();
        Assert.Equal(numbers.Order(), numbers);
        Assert.Equal(["–", ""], shown[14..]);
        await ClickHeadAsync(browser, 2);
        var parts = (await ColumnAsync(browser, 2))[..15].Select(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(parts.Order(), parts);
        Assert.Equal(1, (await browser.EvaluateAsync("document.querySelectorAll('.bpfi-table th[aria-sort]').length"))!.GetValue<int>());
        await ClickHeadAsync(browser, 2);
        await ClickHeadAsync(browser, 2);
        Assert.Equal(before, await ColumnAsync(browser, 0));
    }

    private static async Task ClickHeadAsync(Browser browser, int column) => await browser.EvaluateAsync($"document.querySelectorAll('.bpfi-table thead th')[{column}].click()");

    private static async Task<string[]> ColumnAsync(Browser browser, int column) =>
        [.. (await browser.EvaluateAsync($"[...document.querySelectorAll('.bpfi-table tbody tr')].map(row => row.cells[{column}] ? row.cells[{column}].innerText : '')"))!.AsArray().Select(text => text!.GetValue<string>())];

    /// <summary>Counts, from now on, how often the inside of the live picture changes.</summary>
    private static async Task WatchLiveAsync(Browser browser)
    {
        await browser.WaitForAsync("document.querySelector('.bpfi-live svg')");
        await browser.EvaluateAsync("""
            window.bpfiChanges = 0, window.bpfiElement = document.querySelector('.bpfi-live'),
            new MutationObserver(() => window.bpfiChanges++).observe(window.bpfiElement, { childList: true })
            """);
    }

    private static async Task AssertSameElementAsync(Browser browser) =>
        Assert.True((await browser.EvaluateAsync("document.querySelectorAll('.bpfi-live').length == 1 && document.querySelector('.bpfi-live') === window.bpfiElement"))!.GetValue<bool>());

    private async Task<Session> StartAsync(params string[] cells)
    {
        RunningNotebook.Require();
        Browser.Require();
        _folder.Write("books/book.ipynb", NotebookText.Of(cells));
        var server = await RunningNotebook.StartAsync(_folder, isRoot: true);
        var browser = await Browser.StartAsync(_folder["chromium"]);
        var page = new ClassicPage(browser);
        var session = new Session(server, browser, page);
        try
        {
            await page.OpenAsync(server, "book.ipynb");
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private sealed record Session(RunningNotebook Server, Browser Browser, ClassicPage Page) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Browser.DisposeAsync();
            Server.Process.Signal(15); // so that it ends its kernels, and removes its folder
            await Server.Process.WaitForExitAsync();
            Server.Dispose();
        }
    }
}
