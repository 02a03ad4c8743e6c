using System.Text.Json;

namespace BpfInteractive.Tests.Cli;

/// <summary><c>bpfi trace</c> as a user runs it.</summary>
[Slow]
public sealed class TraceCommandTests
{
    private static readonly string Opens = Path.Combine(Machine.RepositoryRoot, "bpf", "opens.bpf.c");

    public TraceCommandTests()
    {
        Require.Root();
        Require.Feature("clang");
        Require.Feature("tracefs");
    }

    [Fact]
    public async Task Opens_of_a_process_are_shown_as_json_and_interrupting_ends_well()
    {
        using var folder = new TemporaryFolder();
        using var trace = TestProcess.Start(Machine.Bpfi, "trace", Opens, "--format", "json");
        await WaitForErrorsAsync(trace, "attached");
        await TestProcess.RunAsync("/bin/cat", [folder.Write("opened.txt", "text")]);
        await trace.WaitForOutputAsync("\"comm\":\"cat\"");
        trace.Signal(2);
        Assert.Equal(0, await trace.WaitForExitAsync());

        var rows = trace.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var opened = rows.First(row => row.TryGetProperty("path", out var path) && path.GetString() == folder["opened.txt"] && row.GetProperty("comm").GetString() == "cat");
        Assert.Equal(("OK", "RDONLY"), (opened.GetProperty("outcome").GetString(), opened.GetProperty("access").GetString()));
        Assert.Equal(1, rows[^1].GetProperty("schema").GetInt32());
        Assert.Contains(rows, row => row.TryGetProperty("map", out var map) && map.GetString() == "counts");
        Assert.Contains("events in", trace.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bpfis_own_opens_are_left_out_unless_asked_for(bool included)
    {
        // At the end it writes its maps: by then it has opened files of its own (assemblies it had not needed before).
        var arguments = new List<string> { "trace", Opens, "--format", "json", "--duration", "2" };
        if (included)
        {
            arguments.Add("--include-self");
        }

        using var trace = TestProcess.Start(Machine.Bpfi, arguments);
        Assert.Equal(0, await trace.WaitForExitAsync());
        var own = trace.Output.Contains($"\"pid\":{trace.Pid},", StringComparison.Ordinal);
        Assert.True(own == included, trace.Output);
        Assert.Equal(!included, trace.Errors.Contains("bpfi's own events are left out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pid_that_nobody_has_is_wrong_usage()
    {
        var (status, output, errors) = await TestProcess.RunAsync(Machine.Bpfi, ["trace", Opens, "--pid", "2147483647"]);
        Assert.Equal((2, ""), (status, output));
        Assert.Contains("--pid 2147483647: there is no such process", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_reading_any_more_ends_the_run()
    {
        var (status, output, errors) = await TestProcess.RunAsync(
            "/bin/bash",
            ["-c", $"(while sleep 0.05; do cat /dev/null; done) & '{Machine.Bpfi}' trace '{Opens}' --format csv | head -n 3; kill $!; exit ${{PIPESTATUS[0]}}"]);
        Assert.True(status is 0 or 143, errors);
        Assert.Equal(3, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("Unhandled", errors, StringComparison.Ordinal);
    }

    private static async Task WaitForErrorsAsync(TestProcess process, string text)
    {
        for (var waited = 0; !process.Errors.Contains(text, StringComparison.Ordinal); waited++)
        {
            Assert.True(waited < 600 && !process.HasExited, $"'{text}' did not come: {process.Errors}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
