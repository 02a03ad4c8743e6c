using System.Text;
using System.Text.Json.Nodes;

namespace BpfInteractive.Scripting.Tests;

/// <summary>Live displays of real captures, as cells show them.</summary>
public sealed class LiveDisplayTests : IAsyncDisposable
{
    private const string Counter = """
        #!bpf --name calls
        u64 seen;
        SEC("raw_tp/sys_enter")
        int on_enter(void *ctx) { __sync_fetch_and_add(&seen, 1); return 0; }
        """;

    private readonly CellSession _session = NotebookSession.Create();
    private readonly RecordedOutput _output = new();
    private readonly ScriptFolder _folder = new();

    public LiveDisplayTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading BPF programs needs root");

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Updates_change_the_same_element_and_the_last_frame_stays_as_a_picture_without_scripts()
    {
        await RunAsync(Counter);
        await RunAsync("""await calls.Show(c => LivePicture.Rate("System calls", c.Globals.seen), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));""");

        var first = _output.Displays.First(shown => shown.Bundle.PlainText.StartsWith("System calls", StringComparison.Ordinal));
        var updates = _output.Displays.Where(shown => shown.Bundle.Data.ContainsKey("application/javascript")).ToList();
        Assert.InRange(updates.Count, 5, 25);
        Assert.Single(updates.Select(update => update.Id).Distinct());
        Assert.All(updates, update => Assert.Contains($"getElementById(\"{first.Id}\")", update.Bundle.Data["application/javascript"], StringComparison.Ordinal));
        Assert.All(updates, update => Assert.InRange(update.Bundle.Data["application/javascript"].Length, 100, 12 << 10));

        // What is stored: the still picture, and nothing of the script.
        var last = _output.Displays.Last(shown => shown.Id == first.Id);
        Assert.True(last.IsUpdate);
        Assert.Equal(["image/png", "image/svg+xml", "text/plain"], last.Bundle.Data.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith("<svg", last.Bundle.Data["image/svg+xml"], StringComparison.Ordinal);
        Assert.Equal(0x89, Convert.FromBase64String(last.Bundle.Data["image/png"])[0]);
        Assert.Equal("", _output.Displays.Last(shown => shown.Id == updates[0].Id).Bundle.PlainText);

        // Truly counted: this very test makes system calls.
        Assert.Matches(@"System calls +[1-9][\d,]*/s  [▁▂▃▄▅▆▇█]+", last.Bundle.PlainText);
    }

    [Fact]
    public async Task In_the_background_the_cell_ends_at_once_and_the_picture_goes_on_in_the_output_of_later_cells()
    {
        await RunAsync(Counter);
        await RunAsync("""var shown = calls.ShowInBackground(c => LivePicture.Counter("System calls", c.Globals.seen), TimeSpan.FromMilliseconds(100));""");
        var later = new RecordedOutput();
        await using var other = NotebookSession.Create(); // which runs its own cells meanwhile
        var result = await _session.RunAsync("while (shown.FrameCount < 3) await Task.Delay(20); 0", later);
        await other.RunAsync("1 + 1", new RecordedOutput());
        result = await _session.RunAsync("await Task.Delay(150); shown.Stop(); await shown.Ended; shown.FrameCount", later);
        await other.RunAsync("1 + 1", new RecordedOutput());
        Assert.Null(result.Error);
        Assert.InRange(Assert.IsType<int>(result.Value), 3, 200);
        Assert.Contains(later.Displays, display => display.IsUpdate && display.Bundle.Data.ContainsKey("image/png"));
    }

    [Fact]
    public async Task An_interrupt_ends_it_with_its_last_frame()
    {
        await RunAsync(Counter);
        var running = _session.RunAsync("""await calls.Show(c => LivePicture.Counter("System calls", c.Globals.seen));""", _output);
        while (_output.Displays.Count < 2)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        _session.Interrupt();
        var result = await running;
        Assert.NotNull(result.Error);
        Assert.Contains("(interrupted after", _output.Displays[^1].Bundle.PlainText, StringComparison.Ordinal);
        Assert.Equal(1UL, Convert.ToUInt64((await _session.RunAsync("calls.Globals.seen > 0 ? 1UL : 0UL", _output)).Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_run_without_a_person_ends_by_itself_and_stores_as_much_for_a_short_time_as_for_a_long_one()
    {
        _folder.Write("live.dib", $"#!csharp\n{Counter}\n#!csharp\nvar other = calls.ShowInBackground(c => LivePicture.Counter(\"beside\", c.Globals.seen));\n#!csharp\nawait calls.Show(c => LivePicture.Rate(\"System calls\", c.Globals.seen), TimeSpan.FromMilliseconds(100));");
        var sizes = new List<int>();
        foreach (var seconds in new[] { "0.7", "3" })
        {
            var (status, output, errors) = await _folder.RunToolAsync(["run", "live.dib", "--ipynb", "out.ipynb", "--live", seconds]);
            Assert.True(status == 0, errors);
            Assert.Contains("System calls", output, StringComparison.Ordinal);
            var cells = JsonNode.Parse(_folder.Read("out.ipynb"))!["cells"]!.AsArray();
            var shown = Assert.Single(cells[^1]!["outputs"]!.AsArray());
            Assert.Equal(["image/png", "image/svg+xml", "text/plain"], shown!["data"]!.AsObject().Select(form => form.Key).Order(StringComparer.Ordinal));
            Assert.Contains("beside", cells[^2]!["outputs"]!.ToJsonString(), StringComparison.Ordinal);
            sizes.Add(Encoding.UTF8.GetByteCount(shown.ToJsonString()));
        }

        // The longer one's line has more points and its axis other labels; what was shown in between would be tens of kilobytes.
        Assert.InRange(sizes[1] - sizes[0], -5000, 5000);
    }

    private async Task RunAsync(string text)
    {
        var result = await _session.RunAsync(text, _output);
        Assert.True(result.Error is null, result.Error?.Text);
    }
}
