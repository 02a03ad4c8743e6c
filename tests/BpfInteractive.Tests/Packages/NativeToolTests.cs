using BpfInteractive.Analysis;
using BpfInteractive.Tests.Vmas;

namespace BpfInteractive.Tests.Packages;

/// <summary>The native part of the tool (kernel-lib/BpfInteractive.Cli.Native): it does the same as the whole tool, and gives away what it cannot do.</summary>
[Slow]
public sealed class NativeToolTests(NativeToolTests.Program native) : IClassFixture<NativeToolTests.Program>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string WholeTool => Machine.Bpfi;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("csv")]
    [InlineData("table")]
    [InlineData("json")]
    public async Task An_address_space_is_the_same(string format)
    {
        using var target = VmaTargets.QuietSleeper();
        string[] arguments = ["vmas", $"{target.Pid}", "--engine", "proc-maps", "--format", format];
        var (status, output, errors) = await RunAsync(arguments);
        var whole = await TestProcess.RunAsync(WholeTool, arguments);
        Assert.True(status == 0, errors);
        Assert.Equal(WithoutTimes(whole.Output), WithoutTimes(output));
    }

    [Fact]
    public async Task A_profile_that_it_saved_is_opened_by_the_whole_tool()
    {
        Require.Root();
        using var target = Targets.Spinner();
        var (status, _, errors) = await RunAsync("profile", "--pid", $"{target.Pid}", "--frequency", "499", "--duration", "1", "-o", _folder["p.parquet"]);
        Assert.True(status == 0, errors);
        var profile = ProfileFiles.OpenProfile(_folder["p.parquet"]);
        Assert.InRange(profile.SampleCount, 20, 600);
        Assert.Contains(target.Pid, profile.Tables.Processes.Values<int>("pid").ToArray());
        Assert.True(profile.Summarize().UserLeavesNamed > 0, $"{profile.Summarize()}");
    }

    [Theory]
    [InlineData("p.folded")]
    [InlineData("p.pb.gz")]
    [InlineData("p.speedscope.json")]
    [InlineData("p.csv")]
    [InlineData("p.json")]
    [InlineData("p.html")] // by the whole tool
    public async Task Every_format_is_written(string name)
    {
        Require.Root();
        var (status, _, errors) = await RunAsync("profile", "-o", _folder[name], "--", "sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");
        Assert.True(status == 0, errors);
        Assert.True(new FileInfo(_folder[name]).Length > 100, errors);
    }

    [Fact]
    public async Task Callers_are_found_by_what_the_files_say()
    {
        Require.Root();
        var (status, output, errors) = await RunAsync("profile", "--unwind", "auto", "--format", "folded", "--", "sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done");
        Assert.True(status == 0, errors);
        Assert.Contains("sh;", output, StringComparison.Ordinal);
        Assert.Contains("unwound", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_cannot_do_is_done_by_the_whole_tool()
    {
        var version = await RunAsync("--version");
        Assert.Equal((0, (await TestProcess.RunAsync(WholeTool, ["--version"])).Output), (version.Status, version.Output));
        var nothing = await RunAsync("profile", "--open", _folder["none.parquet"]);
        Assert.Equal(1, nothing.Status);
        Assert.Contains("is no profile", nothing.Errors, StringComparison.Ordinal);
        Assert.Contains("there is no command 'prof'; did you mean profile?", (await RunAsync("prof")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_words_are_told_as_by_the_whole_tool()
    {
        foreach (var arguments in (string[][])[["profile", "--frequenzy", "9"], ["vmas", "x"], ["vmas"], ["profile", "--duration", "-1"], ["vmas", $"{Targets.DeadPid()}"]])
        {
            var (status, _, errors) = await RunAsync(arguments);
            var whole = await TestProcess.RunAsync(WholeTool, arguments);
            Assert.Equal((whole.Status, whole.Errors), (status, errors));
        }
    }

    [Fact]
    public async Task Without_the_whole_tool_it_says_so()
    {
        Directory.CreateDirectory(_folder["native"]);
        File.Copy(native.File, _folder["native/bpfi"]);
        var (status, _, errors) = await TestProcess.RunAsync(_folder["native/bpfi"], ["doctor"]);
        Assert.Equal(1, status);
        Assert.Contains($"bpfi: cannot start {_folder["bpfi"]}", errors, StringComparison.Ordinal);
    }

    // Times differ from run to run.
    private static string WithoutTimes(string text) =>
        System.Text.RegularExpressions.Regex.Replace(text, @"[\d,]+ us in the kernel|""kernel_ns"":\d+", "");

    private async Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        // As scripts/bpfi lays them out: the whole tool in the folder above.
        var whole = Path.Combine(native.Folder, "bpfi");
        if (!File.Exists(whole))
        {
            File.CreateSymbolicLink(whole, WholeTool);
        }

        return await TestProcess.RunAsync(native.File, arguments);
    }

    public sealed class Program() : NativeProgram("kernel-lib/BpfInteractive.Cli.Native", "bpfi");
}
