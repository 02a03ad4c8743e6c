using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>
/// What a kernel publishes, in JupyterLab's own output code (lab/page.js) in Chromium. The code comes from npm: <c>scripts/test --frontend lab</c> fetches it, makes one file of it
/// and names that in BPFI_LAB_SCRIPT.
/// </summary>
[Slow]
public sealed class LabOutputTests : IDisposable
{
    private const string Program = "#!bpf --name calls\nu64 count;\n\nSEC(\"raw_tp/sys_enter\")\nint on_call(void *ctx)\n{\n    __sync_fetch_and_add(&count, 1);\n    return 0;\n}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Results_tables_errors_and_charts_are_shown()
    {
        await using var page = await OpenAsync();
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        await ShowAsync(page, client, "Console.WriteLine(\"said\"); 40 + 2");
        await ShowAsync(page, client, "Vmas.Of(Environment.ProcessId).ToDataFrame()");
        await ShowAsync(page, client, "throw new FormatException(\"odd\");");
        await ShowAsync(page, client, "Vmas.Of(Environment.ProcessId).Chart()");
        await ShowAsync(page, client, "var h = display(1); h.Update(\"changed\");");
        await page.WaitForAsync("document.querySelector('#cell-3 .js-plotly-plot .main-svg')");
        Assert.Equal("said\n42", await SeenAsync(page, 0));
        Assert.True((await page.EvaluateAsync("document.querySelectorAll('#cell-1 .jp-RenderedHTMLCommon .bpfi-table td').length"))!.GetValue<int>() > 20);
        Assert.Contains("FormatException: odd", await SeenAsync(page, 2), StringComparison.Ordinal);
        Assert.Equal("changed", await SeenAsync(page, 4));

        // 64 bits are not rounded: the script of tables runs here too.
        var before = await FirstColumnAsync(page);
        await page.EvaluateAsync("document.querySelector('#cell-1 .bpfi-table thead th').click()");
        await page.EvaluateAsync("document.querySelector('#cell-1 .bpfi-table thead th').click()");
        Assert.NotEqual(before, await FirstColumnAsync(page));
        await page.ScreenshotAsync("lab-outputs");
    }

    [Fact]
    public async Task A_live_picture_changes_inside_one_element_and_its_last_frame_stays()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to load BPF programs");
        await using var page = await OpenAsync();
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        await ShowAsync(page, client, Program.Replace("return", "retrun", StringComparison.Ordinal));
        Assert.Contains("retrun 0;", await SeenAsync(page, 0), StringComparison.Ordinal);
        await ShowAsync(page, client, Program);
        Assert.Contains("on_call", await SeenAsync(page, 1), StringComparison.Ordinal);

        var published = client.Run("await calls.Show(c => LivePicture.Rate(\"System calls\", c.Globals.count), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(12));").Published;
        var end = published.FindLastIndex(message => message.Type == "update_display_data" && message.Content["data"]!["image/png"] is not null);
        var cell = await CellAsync(page);
        var first = published.FindIndex(message => message.Type == "display_data");
        await FeedAsync(page, cell, published[..(first + 1)]);
        await page.WaitForAsync("document.querySelector('.bpfi-live svg')");
        await page.EvaluateAsync("""
            window.bpfiChanges = 0, window.bpfiElement = document.querySelector('.bpfi-live'),
            new MutationObserver(() => window.bpfiChanges++).observe(window.bpfiElement, { childList: true })
            """);
        foreach (var message in published[(first + 1)..end])
        {
            await FeedAsync(page, cell, [message]); // one at a time, as they come: each is drawn before the next
        }

        await page.WaitForAsync("window.bpfiChanges >= 50");
        Assert.True((await page.EvaluateAsync("document.querySelectorAll('.bpfi-live').length == 1 && document.querySelector('.bpfi-live') === window.bpfiElement"))!.GetValue<bool>());
        await page.ScreenshotAsync("lab-live");
        await FeedAsync(page, cell, published[end..]);
        await page.WaitForAsync($"document.querySelector('#cell-{cell} img').naturalWidth >= 400 || document.querySelector('#cell-{cell} svg')");
        Assert.Equal(0, (await page.EvaluateAsync("document.querySelectorAll('.bpfi-live').length"))!.GetValue<int>());
        await page.ScreenshotAsync("lab-live-ended");
    }

    private async Task<Browser> OpenAsync()
    {
        var script = Environment.GetEnvironmentVariable("BPFI_LAB_SCRIPT");
        Assert.SkipUnless(script is { Length: > 0 }, "needs JupyterLab's output code from npm: scripts/test --frontend lab");
        Browser.Require();
        _folder.Write("index.html", $"<!doctype html><meta charset=\"utf-8\"><title>outputs</title><body><script src=\"file://{script}\"></script>");
        var browser = await Browser.StartAsync(_folder["chromium"]);
        await browser.OpenAsync("file://" + _folder["index.html"]);
        await browser.WaitForAsync("window.bpfiLab");
        return browser;
    }

    private static async Task ShowAsync(Browser page, JupyterClient client, string code) => await FeedAsync(page, await CellAsync(page), client.Run(code).Published);

    private static async Task<int> CellAsync(Browser page) => (await page.EvaluateAsync("bpfiLab.cell()"))!.GetValue<int>();

    private static async Task FeedAsync(Browser page, int cell, IEnumerable<ClientMessage> messages)
    {
        foreach (var message in messages)
        {
            await page.EvaluateAsync($"(async () => {{ await bpfiLab.receive({cell}, {JsonValue.Create(message.Type).ToJsonString()}, {message.Content.ToJsonString()}); await new Promise(done => setTimeout(done)); }})()");
        }
    }

    /// <summary>The texts of a cell's outputs, without the prompts beside them.</summary>
    private static async Task<string> SeenAsync(Browser page, int cell) =>
        (await page.EvaluateAsync($"[...document.querySelectorAll('#cell-{cell} .jp-OutputArea-output')].map(output => output.innerText.trim()).join('\\n')"))!.GetValue<string>();

    private static async Task<string> FirstColumnAsync(Browser page) =>
        (await page.EvaluateAsync("[...document.querySelectorAll('#cell-1 .bpfi-table tbody tr')].map(row => row.cells[0].innerText).join(' ')"))!.GetValue<string>();
}
