using System.Text.RegularExpressions;
using BpfInteractive.Analysis;
using BpfInteractive.Tests.Symbols.Remote;

namespace BpfInteractive.Tests.Cli;

/// <summary><c>bpfi profile --no-symbols</c> and <c>bpfi symbolize</c>: a capture is named where its program never was.</summary>
[Slow]
public sealed class SymbolizeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_capture_without_names_is_named_by_a_server_of_debug_files()
    {
        Require.Root();
        var program = await BuildStrippedAsync();
        var (status, _, errors) = await BpfiAsync("profile", "--no-symbols", "--frequency", "999", "-o", _folder["p.parquet"], "--", program, "300", "0");
        Assert.True(status == 0, errors);
        var bare = await ProfileFiles.OpenProfileAsync(_folder["p.parquet"], TestContext.Current.CancellationToken);
        var file = Enumerable.Range(0, bare.Tables.Files.RowCount).Select(bare.FileOf).Single(candidate => candidate.Path == program);
        Assert.All(Rows(bare), row => Assert.Equal(bare.LocationOf(row).File.Kind == ProfileFileKind.File, bare.Names.ReasonOf(row) == FrameReason.NotLookedUp));
        Assert.NotNull(file.CodeBias);

        // The program's folder becomes the server's; where it was there is nothing.
        Directory.CreateDirectory(_folder["served"]);
        File.Move(program, _folder["served/program"]);
        File.Move(program + ".debug", _folder["served/program.debug"]);
        (status, var before, errors) = await BpfiAsync("symbolize", _folder["p.parquet"], "--format", "folded", "--offline", "--cache", _folder["cache"]);
        Assert.True(status == 0, errors);
        Assert.DoesNotContain(";work ", before, StringComparison.Ordinal);
        Assert.Contains("no server asked", errors, StringComparison.Ordinal);
        Assert.Contains("file gone", errors, StringComparison.Ordinal);

        using (var server = await Debuginfod.StartAsync(_folder["served"], $"{file.BuildId}/debuginfo"))
        {
            (status, var text, errors) = await BpfiAsync("symbolize", _folder["p.parquet"], "-o", _folder["named.parquet"], "--debuginfod", server.Url, "--cache", _folder["cache"]);
            Assert.Equal((0, ""), (status, text));
            Assert.Matches(@"debuginfod: [1-9]\d* files fetched", errors);
            Assert.Contains("named.parquet has the profile", errors, StringComparison.Ordinal);
        }

        (status, var output, errors) = await BpfiAsync("profile", "--open", _folder["named.parquet"], "--format", "folded");
        Assert.True(status == 0, errors);
        Assert.Matches(new Regex(@"^shares;(?:.*;)?main;outer;hot;work \d+$", RegexOptions.Multiline), output);

        // What came is kept: the same without any server.
        (status, output, errors) = await BpfiAsync("symbolize", _folder["p.parquet"], "--format", "folded", "--offline", "--cache", _folder["cache"]);
        Assert.True(status == 0, errors);
        Assert.Matches(new Regex(@"^shares;(?:.*;)?main;outer;hot;work \d+$", RegexOptions.Multiline), output);
        Assert.Contains("0 files fetched", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_are_told_at_once_later_and_by_symbolize()
    {
        Require.Root();
        var program = _folder["program"];
        await TestProcess.RunAsync("gcc", ["-O2", "-g", "-o", program, Path.Combine(Machine.RepositoryRoot, "tests", "targets", "profile", "shares.c")]);
        var (status, table, errors) = await BpfiAsync("profile", "--lines", "--frequency", "499", "--", program, "300", "0");
        Assert.True(status == 0, errors);
        Assert.Matches(@"work +profile/shares\.c:\d+ +\S", table);
        Assert.Contains("source lines: of ", errors, StringComparison.Ordinal);

        (status, _, errors) = await BpfiAsync("profile", "--frequency", "499", "-o", _folder["p.parquet"], "--", program, "300", "0");
        Assert.True(status == 0, errors);
        foreach (var line in (string[][])[["profile", "--open", _folder["p.parquet"]], ["symbolize", _folder["p.parquet"], "--offline"]])
        {
            Assert.DoesNotContain("shares.c:", (await BpfiAsync(line)).Output, StringComparison.Ordinal);
            Assert.Matches(@"work +profile/shares\.c:\d+ +\S", (await BpfiAsync([.. line, "--lines"])).Output);
        }

        (status, _, errors) = await BpfiAsync("profile", "--no-symbols", "--lines", "--", program);
        Assert.Equal(2, status);
        Assert.Contains("--lines does not go with it", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--debuginfod does not go with it", "p.parquet", "--offline", "--debuginfod", "http://localhost")]
    [InlineData(2, "'gopher://x' is no URL", "p.parquet", "--debuginfod", "gopher://x")]
    [InlineData(2, "is not a number of megabytes", "p.parquet", "--cache-size", "0")]
    [InlineData(2, "is not a number of seconds", "p.parquet", "--timeout", "0")]
    [InlineData(1, "cannot make /proc/nothing", "p.parquet", "--cache", "/proc/nothing")]
    [InlineData(1, "is no profile", "/nonexistent.parquet", "--offline")]
    public async Task What_cannot_be_is_told_in_one_line(int status, string expected, params string[] arguments)
    {
        var (ended, output, errors) = await BpfiAsync(["symbolize", .. arguments, .. arguments.Contains("--cache") ? Array.Empty<string>() : ["--cache", _folder["cache"]]]);
        Assert.Equal((status, ""), (ended, output));
        Assert.Contains(expected, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static IEnumerable<int> Rows(Profile profile) =>
        Enumerable.Range(0, profile.Tables.Locations.RowCount).Where(row => profile.Tables.Locations.Values<byte>("unmapped")[row] == 0);

    private static Task<(int Status, string Output, string Errors)> BpfiAsync(params string[] arguments) =>
        TestProcess.RunAsync(Machine.Bpfi, arguments, environment: new Dictionary<string, string?> { ["DEBUGINFOD_URLS"] = null }, limit: TimeSpan.FromMinutes(3));

    private async Task<string> BuildStrippedAsync()
    {
        Require.Tool("cc");
        Require.Tool("objcopy");
        var program = _folder["shares"];
        foreach (var (tool, arguments) in new (string, string[])[]
        {
            ("cc", ["-g", "-O0", "-fno-omit-frame-pointer", "-Wl,--build-id", "-o", program, Path.Combine(Machine.RepositoryRoot, "tests", "targets", "profile", "shares.c")]),
            ("objcopy", ["--only-keep-debug", program, program + ".debug"]),
            ("strip", [program]),
        })
        {
            var (status, _, errors) = await TestProcess.RunAsync(tool, arguments);
            Assert.True(status == 0, errors);
        }

        return program;
    }
}
