using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary><c>bpfi notebook</c>: Jupyter's server as it starts it, asked over HTTP.</summary>
[Slow]
public sealed partial class NotebookServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Jupyter_has_the_gallery_our_kernel_Unix_sockets_and_no_capability()
    {
        RunningNotebook.Require();
        using var notebook = await RunningNotebook.StartAsync(_folder);
        var specs = await notebook.GetAsync("api/kernelspecs");
        Assert.Equal("bpfi", specs["default"]!.GetValue<string>());
        Assert.Contains("plotly.js", (await notebook.Http.GetStringAsync("kernelspecs/bpfi/plotly.js"))[..200], StringComparison.Ordinal);
        Assert.Contains((await notebook.GetAsync("api/contents"))["content"]!.AsArray(), file => file!["name"]!.GetValue<string>() == "02-first-program.ipynb");

        using var started = await notebook.Http.PostAsJsonAsync("api/kernels", new JsonObject { ["name"] = "bpfi" });
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());
        var server = await notebook.ServerPidAsync();
        var runtime = File.ReadAllText($"/proc/{server}/environ").Split('\0').Single(entry => entry.StartsWith("JUPYTER_RUNTIME_DIR=", StringComparison.Ordinal)).Split('=')[1];
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(runtime) & (UnixFileMode)0b111_111_111);
        var id = JsonNode.Parse(await started.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
        var connection = Path.Combine(runtime, $"kernel-{id}.json");
        Assert.Equal("ipc", JsonNode.Parse(File.ReadAllText(connection))!["transport"]!.GetValue<string>());
        await notebook.WaitForSocketsAsync(runtime);

        var status = File.ReadAllText($"/proc/{server}/status");
        Assert.Contains($"CapEff:\t{0:x16}", status, StringComparison.Ordinal);
        Assert.DoesNotContain("\nUid:\t0\t", status, StringComparison.Ordinal);

        notebook.Process.Signal(15);
        await notebook.Process.WaitForExitAsync();
        Assert.False(Directory.Exists(runtime));
        Assert.False(Directory.Exists($"/proc/{server}"));
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/\?token=(\w+)")]
    internal static partial Regex Address();
}
