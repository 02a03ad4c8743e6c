using System.Globalization;
using System.Text.RegularExpressions;
using BpfInteractive.Analysis;

namespace BpfInteractive.Tests.Cli;

/// <summary><c>bpfi profile</c> from the command line to the file, on a program whose stacks and shares are known.</summary>
[Slow]
public sealed class ProfileCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_is_profiled_and_named_though_it_is_gone()
    {
        Require.Root();
        var program = await BuildAsync();
        var (status, output, errors) = await BpfiAsync("profile", "--frequency", "999", "-o", _folder["p.parquet"], "--", program, "300", "3");
        Assert.True(status == 0, errors);
        Assert.Equal("", output);
        Assert.Contains("ended with status 3", errors, StringComparison.Ordinal);
        Assert.Contains("p.parquet has the profile", errors, StringComparison.Ordinal);

        // The program itself is gone too when its samples are looked at.
        File.Delete(program);
        (status, output, errors) = await BpfiAsync("profile", "--open", _folder["p.parquet"], "--format", "folded");
        Assert.True(status == 0, errors);
        var counts = Regex.Matches(output, @"^shares;(?:.*;)?main;outer;(hot|cold);work (\d+)$", RegexOptions.Multiline)
            .ToDictionary(match => match.Groups[1].Value, match => long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.True(counts.GetValueOrDefault("hot") + counts.GetValueOrDefault("cold") > 50, $"{output}\n{errors}");
        Assert.InRange((double)counts["hot"] / (counts["hot"] + counts["cold"]), 0.6, 0.9);
        Assert.Matches(@"user leaves: \S+ % mapped", errors);
    }

    [Fact]
    public async Task Blocked_time_is_a_profile_like_any_other()
    {
        Require.Root();
        var program = await BuildAsync("waits", "-O1");
        var (status, _, errors) = await BpfiAsync("profile", "--off-cpu", "--minimum", "1000", "-o", _folder["p.parquet"], "--", program, "20");
        Assert.True(status == 0, errors);
        foreach (var (format, expected) in new[] { ("folded", @"^waits;.*long_wait.* [3-9]\d{8}$"), ("speedscope", @"""unit"":\s*""nanoseconds"""), ("csv", "long_wait"), ("table", "self off-cpu"), ("json", @"""value_type"":\s*""off-cpu""") })
        {
            (status, var output, errors) = await BpfiAsync("profile", "--open", _folder["p.parquet"], "--format", format);
            Assert.True(status == 0, errors);
            Assert.Matches(new Regex(expected, RegexOptions.Multiline), output);
        }
    }

    [Fact]
    public async Task Every_format_comes_out_of_one_capture()
    {
        Require.Root();
        var (status, _, errors) = await BpfiAsync("profile", "--duration", "0.5", "-o", _folder["p.parquet"]);
        Assert.True(status == 0, errors);
        var profile = await ProfileFiles.OpenProfileAsync(_folder["p.parquet"], TestContext.Current.CancellationToken);
        foreach (var (name, expected) in new[] { ("p.folded", ";"), ("p.pb.gz", "\u001f"), ("p.speedscope.json", "$schema"), ("p.html", "<canvas"), ("p.csv", "comm,stack,"), ("p.json", "\"schema\":1") })
        {
            (status, _, errors) = await BpfiAsync("profile", "--open", _folder["p.parquet"], "-o", _folder[name]);
            Assert.True(status == 0, errors);
            Assert.Contains(expected, await File.ReadAllTextAsync(_folder[name], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        (status, var table, _) = await BpfiAsync("profile", "--open", _folder["p.parquet"], "--rows", "3");
        Assert.Equal(0, status);
        Assert.StartsWith("self %", table, StringComparison.Ordinal);
        Assert.Equal(Math.Min(3, profile.FunctionColumns().RowCount), table.Split('\n').Count(line => line.Length > 0 && char.IsDigit(line.TrimStart()[0])));

        (status, table, errors) = await BpfiAsync("profile", "--open", _folder["p.parquet"], "--compare", _folder["p.parquet"], "--format", "csv");
        Assert.True(status == 0, errors);
        Assert.All(table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1), line => Assert.EndsWith(",0", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ctrl_C_ends_it_and_keeps_what_was_got()
    {
        Require.Root();
        using var spinner = Targets.Spinner();
        using var run = TestProcess.Start(Machine.Bpfi, "profile", "--pid", $"{spinner.Pid}", "--frequency", "499", "-o", _folder["p.parquet"]);
        while (!run.Errors.Contains("until Ctrl-C", StringComparison.Ordinal))
        {
            Assert.False(run.HasExited, run.Errors);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await Task.Delay(1000, TestContext.Current.CancellationToken);
        run.Signal(2);

        Assert.Equal(0, await run.WaitForExitAsync());
        var profile = await ProfileFiles.OpenProfileAsync(_folder["p.parquet"], TestContext.Current.CancellationToken);
        Assert.True(profile.SampleCount > 0, run.Errors);
        Assert.Equal([spinner.Pid], profile.SampleColumns().Values<int>("pid").ToArray().Distinct());
    }

    [Theory]
    [InlineData(2, "--user and --kernel exclude each other", "--user", "--kernel")]
    [InlineData(2, "is a folder: name it by -o", "--format", "parquet", "--duration", "1")]
    [InlineData(2, "is not a number of seconds above 0", "--duration", "0")]
    [InlineData(2, "shows what was saved", "--open", "x.parquet", "--duration", "1")]
    [InlineData(2, "go with it", "--pid", "1", "--", "true")]
    [InlineData(2, "is no event", "--event", "nonsense")]
    [InlineData(2, "goes with --off-cpu", "--minimum", "5")]
    [InlineData(2, "do not go with a Trigger", "--off-cpu", "--frequency", "99")]
    [InlineData(1, "no_such_thing", "--event", "tracepoint:sched:no_such_thing", "--duration", "1")]
    [InlineData(2, "cannot tell a format from", "-o", "p.xyz", "--duration", "1")]
    [InlineData(1, "is no profile", "--open", "/nonexistent.parquet")]
    [InlineData(1, "/no/such/program", "--", "/no/such/program")]
    public async Task What_cannot_be_is_told_in_one_line(int status, string expected, params string[] arguments)
    {
        Require.Root();
        var (ended, output, errors) = await BpfiAsync(["profile", .. arguments]);
        Assert.Equal((status, ""), (ended, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static Task<(int Status, string Output, string Errors)> BpfiAsync(params string[] arguments) =>
        TestProcess.RunAsync(Machine.Bpfi, arguments, limit: TimeSpan.FromMinutes(3));

    private async Task<string> BuildAsync(string name = "shares", string optimization = "-O0")
    {
        Require.Tool("cc");
        var source = Path.Combine(Machine.RepositoryRoot, "tests", "targets", "profile", name + ".c");
        var (status, _, errors) = await TestProcess.RunAsync("cc", [optimization, "-fno-omit-frame-pointer", "-o", _folder[name], source]);
        Assert.True(status == 0, errors);
        return _folder[name];
    }
}
