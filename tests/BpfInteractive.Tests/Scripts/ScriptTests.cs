using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BpfInteractive.Tests.Vmas;

namespace BpfInteractive.Tests.Scripts;

/// <summary>The scripts of <c>scripts/</c>, run by <c>bpfi run</c> as their first lines say.</summary>
[Slow]
public sealed partial class ScriptTests
{
    private static readonly string s_folder = Path.Combine(Machine.RepositoryRoot, "scripts");

    /// <summary>Each script with arguments that end it soon.</summary>
    private static readonly Dictionary<string, string[]> s_tables = new(StringComparer.Ordinal)
    {
        ["vmas"] = [],
        ["maps-diff"] = [Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "0.1"],
        ["offcpu"] = ["0.5"],
        ["opens"] = ["0.5"],
        ["syscount"] = ["0.5"],
        ["runqlat"] = ["0.5"],
        ["profile"] = ["0.5"],
        ["exited"] = ["0.5"],
        ["tour"] = [],
        ["dotnet-top"] = [Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "1"],
    };

    public static TheoryData<string> All => [.. Directory.EnumerateFiles(s_folder, "*.csx").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Tables => [.. s_tables.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Each_says_what_it_is_for_and_stands_as_a_program_of_one_file_too(string script)
    {
        var (status, output, errors) = await RunAsync(script, Path.GetTempPath(), "--help");
        Assert.True(status == 0, errors);
        Assert.Contains("usage: ", output, StringComparison.Ordinal);
        Assert.Equal("", errors);

        var text = await File.ReadAllLinesAsync(Path.Combine(s_folder, script + ".csx"), TestContext.Current.CancellationToken);
        Assert.True(text.Length < 60, $"{script} has {text.Length} lines");
        var program = Path.Combine(s_folder, "file-based", script + ".cs");
        Assert.True(OperatingSystem.IsLinux() && File.GetUnixFileMode(program).HasFlag(UnixFileMode.UserExecute), $"{program} cannot be run");
        Assert.StartsWith("#!/usr/bin/env dotnet\n", await File.ReadAllTextAsync(program, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Each_prints_a_table_and_the_same_rows_as_json(string script)
    {
        Require.Root();
        using var folder = new TemporaryFolder();
        using var opener = Targets.Opener("/etc/passwd"); // something that opens, calls, waits
        using var spinning = new Spinning(); // and something in .NET
        var (status, output, errors) = await RunAsync(script, folder.FullName, s_tables[script]);
        Assert.True(status == 0, errors);
        Assert.NotEqual("", output.Trim());
        Assert.Equal("", errors);

        (status, output, errors) = await RunAsync(script, folder.FullName, [.. s_tables[script], "--json"]);
        Assert.True(status == 0, errors);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(1, json.RootElement.GetProperty("schema").GetInt32());
        Assert.True(json.RootElement.GetProperty("rows").GetArrayLength() > 0 || script == "maps-diff", output);
    }

    [Theory]
    [InlineData("vmas", "--engine")]
    [InlineData("vmas", "nobody")]
    [InlineData("maps-diff")]
    [InlineData("maps-diff", "1", "soon")]
    [InlineData("offcpu", "--pid")]
    [InlineData("opens", "-1")]
    [InlineData("syscount", "1", "2")]
    [InlineData("runqlat", "soon")]
    [InlineData("dotnet-top")]
    [InlineData("dotnet-top", "1", "soon")]
    [InlineData("profile", "soon")]
    [InlineData("exited", "1", "2")]
    [InlineData("tour", "--jsno")]
    public async Task Wrong_arguments_are_answered_with_the_usage(string script, params string[] arguments)
    {
        var (status, output, errors) = await RunAsync(script, Path.GetTempPath(), arguments);
        Assert.Equal((2, ""), (status, output));
        Assert.StartsWith($"usage: {script}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_maps_and_unmaps_is_seen_to()
    {
        Require.Root();
        using var churning = await VmaTargets.ReadyAsync("vma_churn");
        var changes = 0;
        for (var tries = 0; changes == 0 && tries < 5; tries++) // it may come back to where it was
        {
            var (status, output, errors) = await RunAsync("maps-diff", Path.GetTempPath(), churning.Pid.ToString(CultureInfo.InvariantCulture), "0.1", "--json");
            Assert.True(status == 0, errors);
            using var json = JsonDocument.Parse(output);
            changes = json.RootElement.GetProperty("rows").GetArrayLength();
        }

        Assert.True(changes > 0);
    }

    [Fact]
    public async Task The_calls_of_a_process_have_their_names()
    {
        Require.Root();
        using var opener = Targets.Opener("/etc/passwd");
        var (status, output, errors) = await RunAsync("syscount", Path.GetTempPath(), "1", "--json");
        Assert.True(status == 0, errors);
        using var json = JsonDocument.Parse(output);
        var calls = json.RootElement.GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("call").GetString()!, row => row.GetProperty("calls").GetUInt64());
        Assert.True(calls.GetValueOrDefault("openat") > 100 && calls.GetValueOrDefault("read") > 100, output);
        Assert.DoesNotContain(calls.Keys, call => call.StartsWith('#'));
    }

    [Fact]
    public async Task The_methods_of_a_running_program_have_their_names()
    {
        Require.Root();
        using var spinning = new Spinning();
        var (status, output, errors) = await RunAsync("dotnet-top", Path.GetTempPath(), Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "2", "--json");
        Assert.True(status == 0, errors);
        using var json = JsonDocument.Parse(output);
        Assert.Contains(
            json.RootElement.GetProperty("rows").EnumerateArray(),
            row => row.GetProperty("function").GetString()!.Contains($"{nameof(ScriptTests)}.{nameof(Spinning)}.Spin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_without_dotnet_is_told_to_be_one()
    {
        Require.Root();
        using var target = VmaTargets.QuietSleeper();
        var (status, output, errors) = await RunAsync("dotnet-top", Path.GetTempPath(), target.Pid.ToString(CultureInfo.InvariantCulture), "1");
        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith($"process {target.Pid} is not one of .NET: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_exited_process_problem_is_shown_with_its_cure()
    {
        Require.Root();
        var (status, output, errors) = await RunAsync("exited", Path.GetTempPath(), "2");

        Assert.True(status == 0, errors);
        var late = double.Parse(Late().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        var taken = double.Parse(Taken().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(late < 50 && taken > 99, output);
    }

    [Fact]
    public async Task A_profile_is_printed_drawn_and_kept()
    {
        Require.Root();
        using var folder = new TemporaryFolder();
        using var spinner = Targets.Spinner();
        var (status, output, errors) = await RunAsync("profile", folder.FullName, "1", "mine");

        Assert.True(status == 0, errors);
        Assert.Contains("user leaves:", output, StringComparison.Ordinal);
        Assert.Contains("<canvas", await File.ReadAllTextAsync(folder["mine.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(File.Exists(folder["mine.parquet/samples.parquet"]));
    }

    private static Task<(int Status, string Output, string Errors)> RunAsync(string script, string folder, params string[] arguments) => TestProcess.RunAsync(
        Machine.Bpfi, ["run", Path.Combine(s_folder, script + ".csx"), "--", .. arguments], folder, limit: TimeSpan.FromMinutes(3));

    [GeneratedRegex(@"read now:\s+([\d.]+) %")]
    private static partial Regex Late();

    [GeneratedRegex(@"taken in the kernel:\s+([\d.]+) %")]
    private static partial Regex Taken();

    /// <summary>A thread of this process that computes.</summary>
    private sealed class Spinning : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _isOver;

        internal Spinning()
        {
            _thread = new Thread(Spin) { IsBackground = true };
            _thread.Start();
        }

        public void Dispose()
        {
            _isOver = true;
            _thread.Join();
        }

        private void Spin()
        {
            for (var number = 1ul; !_isOver; number++)
            {
                GC.KeepAlive(BitConverter.DoubleToInt64Bits(Math.Sqrt(number)));
            }
        }
    }
}
