using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>The classic Notebook in Chromium, with the kernel as <c>bpfi notebook</c> starts it.</summary>
[Slow]
public sealed class ClassicNotebookTests : IDisposable
{
    private const string Program = "#!bpf --name calls\nu64 count;\n\nSEC(\"raw_tp/sys_enter\")\nint on_call(void *ctx)\n{\n    __sync_fetch_and_add(&count, 1);\n    return 0;\n}";

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
