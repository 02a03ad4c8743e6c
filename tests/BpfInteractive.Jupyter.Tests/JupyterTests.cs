using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>The distribution's Jupyter, with the kernel installed as a user installs it.</summary>
[Slow]
public sealed class JupyterTests : IDisposable
{
    private const string Python = "/usr/bin/python3"; // What the distribution's packages are for; another may stand first on the path.

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Jupyters_own_tests_of_kernels_pass_with_every_test_switched_on()
    {
        await InstallAsync();
        var (status, output, errors) = await RunAsync(Python, "-W", "ignore", Path.Combine(AppContext.BaseDirectory, "python", "kernel_tests.py"), "-v");
        Assert.True(status == 0, output + errors);
        Assert.Contains("Ran 12 tests", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("skipped", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nbconvert_runs_a_notebook()
    {
        await InstallAsync();
        var notebook = _folder.Write("book.ipynb", Notebook("var x = 40;", "Console.WriteLine(\"said\"); x + 2"));
        var (status, output, errors) = await RunAsync(Python, "-W", "ignore", "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", notebook);
        Assert.True(status == 0, output + errors);
        var outputs = JsonNode.Parse(File.ReadAllText(_folder["done.ipynb"]))!["cells"]![1]!["outputs"]!;
        Assert.Equal("said\n", outputs[0]!["text"]![0]!.GetValue<string>());
        Assert.Equal("42", outputs[1]!["data"]!["text/plain"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task The_kernel_is_started_as_a_process_that_stays_and_does_not_hand_that_on()
    {
        await InstallAsync();
        var notebook = _folder.Write("book.ipynb", Notebook(
            """File.ReadAllText("/proc/self/environ").Split('\0').Count(variable => variable is "DOTNET_TC_CallCountThreshold=1E" or "DOTNET_TC_CallCountingDelayMs=5")""",
            """
            var child = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("env") { RedirectStandardOutput = true })!;
            child.StandardOutput.ReadToEnd().Split('\n').Count(variable => variable.StartsWith("DOTNET_TC_"))
            """));
        var (status, output, errors) = await RunAsync(Python, "-W", "ignore", "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", notebook);
        Assert.True(status == 0, output + errors);
        var cells = JsonNode.Parse(File.ReadAllText(_folder["done.ipynb"]))!["cells"]!.AsArray();
        Assert.Equal(["2", "0"], cells.Select(cell => cell!["outputs"]![0]!["data"]!["text/plain"]![0]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_live_display_ends_by_itself_under_nbconvert_and_its_last_frame_stays()
    {
        await InstallAsync();
        var notebook = _folder.Write("book.ipynb", Notebook(
            "Live.UnwatchedTime = TimeSpan.FromSeconds(1); var frames = 0;",
            "await Live.Show(() => LivePicture.Counter(\"frames\", ++frames), TimeSpan.FromMilliseconds(100));"));
        var (status, output, errors) = await RunAsync(Python, "-W", "ignore", "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", notebook);
        Assert.True(status == 0, output + errors);
        var outputs = JsonNode.Parse(File.ReadAllText(_folder["done.ipynb"]))!["cells"]![1]!["outputs"]!;
        Assert.Contains("(ended after 1.", outputs[0]!["data"]!["text/plain"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.NotNull(outputs[0]!["data"]!["image/png"]);
        Assert.Single(outputs.AsArray());
        Assert.DoesNotContain("javascript", outputs.ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>Three of the gallery; `scripts/test gallery` takes all of it.</summary>
    [Theory]
    [InlineData("03-vmas-every-way")]
    [InlineData("11-sql")]
    [InlineData("12-kernel-types")]
    public async Task Jupyter_and_the_runner_show_the_same_of_a_notebook_of_the_gallery(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        await InstallAsync();
        var notebook = Path.Combine(Machine.RepositoryRoot, "notebooks", name + ".ipynb");
        var (status, output, errors) = await RunAsync(
            Python, "-W", "ignore", "-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", _folder.FullName, "--output", "done.ipynb", notebook);
        Assert.True(status == 0, output + errors);
        (status, _, errors) = await RunAsync(KernelProcess.Tool, "run", notebook, "--compare", _folder["done.ipynb"]);
        Assert.True(status == 0, errors);
    }

    [Fact]
    public async Task Nbconvert_stops_at_the_cell_that_fails()
    {
        await InstallAsync();
        var notebook = _folder.Write("book.ipynb", Notebook("throw new FormatException(\"odd\");", "1"));
        var (status, _, errors) = await RunAsync(Python, "-W", "ignore", "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", notebook);
        Assert.NotEqual(0, status);
        Assert.Contains("FormatException: odd", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Installed_again_the_entry_is_written_anew_and_readable_by_all()
    {
        await InstallAsync();
        await InstallAsync();
        var kernel = JsonNode.Parse(File.ReadAllText(_folder["share/jupyter/kernels/bpfi/kernel.json"]))!;
        Assert.Equal(("BpfInteractive (C#)", "csharp", "message"), (kernel["display_name"]!.GetValue<string>(), kernel["language"]!.GetValue<string>(), kernel["interrupt_mode"]!.GetValue<string>()));
        Assert.Equal(["kernel.json", "logo-svg.svg", "plotly.js"], Directory.GetFiles(_folder["share/jupyter/kernels/bpfi"]).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetFiles(_folder["share/jupyter/kernels/bpfi"]), path => Assert.Equal((UnixFileMode)0b110_100_100, File.GetUnixFileMode(path)));
    }

    private async Task InstallAsync()
    {
        var (status, output, errors) = await TestProcess.RunAsync(KernelProcess.Tool, ["jupyter", "install", "--prefix", _folder.FullName]);
        Assert.True(status == 0, errors);
        Assert.Contains(_folder["share/jupyter/kernels/bpfi"], output, StringComparison.Ordinal);
    }

    private Task<(int Status, string Output, string Errors)> RunAsync(string program, params string[] arguments) => TestProcess.RunAsync(
        program,
        arguments,
        _folder.FullName,
        new Dictionary<string, string?>
        {
            ["JUPYTER_PATH"] = _folder["share/jupyter"],
            ["JUPYTER_RUNTIME_DIR"] = _folder["runtime"],
            ["JUPYTER_CONFIG_DIR"] = _folder["config"],
            ["XDG_DATA_HOME"] = _folder["data"],
            ["HOME"] = _folder.FullName,
        },
        TimeSpan.FromMinutes(5));

    private static string Notebook(params string[] cells) => new JsonObject
    {
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
        ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["name"] = "bpfi", ["display_name"] = "BpfInteractive (C#)", ["language"] = "csharp" } },
        ["cells"] = new JsonArray([.. cells.Select((code, i) => new JsonObject
        {
            ["cell_type"] = "code", ["id"] = $"c{i}", ["metadata"] = new JsonObject(), ["execution_count"] = null, ["outputs"] = new JsonArray(), ["source"] = code,
        })]),
    }.ToJsonString();
}
