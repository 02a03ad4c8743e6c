using System.Globalization;
using System.Text.Json;
using BpfInteractive.Analysis;
using BpfInteractive.Tests.Vmas;

namespace BpfInteractive.Tests.Cli;

/// <summary><c>bpfi vmas</c> as its user meets it: each format, each wrong use, each kind of process that has no address space to show.</summary>
public sealed class VmasCommandTests : IDisposable
{
    private static readonly string[] s_heavy = ["Parquet", "Plotly", "FSharp", "Apache.Arrow", "Microsoft.Data.Analysis", "CodeAnalysis"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Csv_begins_with_what_proc_maps_has()
    {
        using var sleeper = VmaTargets.QuietSleeper();
        var (status, output, errors) = await RunAsync($"{sleeper.Pid}", "--format", "csv");
        Assert.Equal((0, ""), (status, errors));
        var lines = output.TrimEnd('\n').Split('\n');
        Assert.StartsWith("start,end,perms,offset,dev,inode,path,", lines[0], StringComparison.Ordinal);
        var maps = await File.ReadAllLinesAsync($"/proc/{sleeper.Pid}/maps");
        Assert.Equal(maps.Select(Fields), lines.Skip(1).Select(line => string.Join(',', line.Split(',')[..7])));
    }

    [Fact]
    public async Task Json_states_its_schema_and_has_addresses_as_text()
    {
        using var sleeper = VmaTargets.QuietSleeper();
        var (status, output, _) = await RunAsync($"{sleeper.Pid}", "--json");
        using var document = JsonDocument.Parse(output);
        var root = document.RootElement;
        Assert.Equal((0, 1, sleeper.Pid, "sleep", "alive"), (status, Number(root, "schema"), Number(root, "pid"), root.GetProperty("process").GetString(), root.GetProperty("state").GetString()));
        var maps = await File.ReadAllLinesAsync($"/proc/{sleeper.Pid}/maps");
        Assert.Equal(maps.Select(line => "0x" + line.Split('-')[0].TrimStart('0')), root.GetProperty("vmas").EnumerateArray().Select(vma => vma.GetProperty("start").GetString()));
    }

    [Fact]
    public async Task Parquet_is_a_file_with_the_same_rows()
    {
        using var sleeper = VmaTargets.QuietSleeper();
        var (status, output, errors) = await RunAsync($"{sleeper.Pid}", "--format", "parquet", "-o", _folder["v.parquet"]);
        Assert.Equal((0, "", ""), (status, output, errors));
        var read = await ParquetFiles.ReadAsync(_folder["v.parquet"]);
        Assert.Matches(@"^sleep \(\d+\): \d+ VMAs by ", read.Name);
        Assert.Equal(ColumnFormat.Address, read["start"].Format);
        var maps = await File.ReadAllLinesAsync($"/proc/{sleeper.Pid}/maps");
        var shown = Enumerable.Range(0, read.RowCount).Select(row => string.Join(',', read.Take(7).Select(column => column.IsNull(row) ? "" : column.FormatValue(row))));
        Assert.Equal(maps.Select(Fields), shown);
    }

    [Fact]
    public async Task Html_is_a_page_with_the_pictures_and_every_row()
    {
        using var sleeper = VmaTargets.QuietSleeper();
        var (status, output, errors) = await RunAsync($"{sleeper.Pid}", "--format", "html", "-o", _folder["v.html"]);
        Assert.Equal((0, "", ""), (status, output, errors));
        var html = await File.ReadAllTextAsync(_folder["v.html"]);
        Assert.Contains($"<h1>Address space of sleep ({sleeper.Pid})</h1>", html, StringComparison.Ordinal);
        Assert.Contains("Plotly.newPlot(\"chart2\"", html, StringComparison.Ordinal);
        Assert.Equal(File.ReadLines($"/proc/{sleeper.Pid}/maps").Count(), html.Split("<tr>").Length - 2);
        Assert.Equal([_folder["v.html"]], Directory.GetFiles(_folder.FullName));
    }

    [Theory]
    [InlineData("csv", "process,engine,rows,agrees,time_ns,kernel_ns,moments,cannot_know")]
    [InlineData("json", "{\"schema\":1,\"engines\":[{\"process\":")]
    [InlineData("table", "engine ")]
    [InlineData("html", "<!DOCTYPE html>")]
    [InlineData("parquet", "PAR1")]
    public async Task Every_engine_side_by_side_in_each_format(string format, string beginning)
    {
        using var sleeper = VmaTargets.QuietSleeper();
        var (status, output, errors) = await RunAsync($"{sleeper.Pid}", "--engine", "all", "--format", format);
        Assert.Equal((0, ""), (status, errors));
        Assert.StartsWith(beginning, output, StringComparison.Ordinal);
        if (format == "csv")
        {
            Assert.Equal(["open-coded", "callback", "find-vma-next", "task-vma-iter", "procmap-query", "proc-maps", "find-vma", "linked-list"], output.TrimEnd().Split('\n').Skip(1).Select(line => line.Split(',')[1]));
            Assert.DoesNotContain(",no,", output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("table")]
    public async Task Light_formats_load_no_heavy_library(string format)
    {
        // The tool shows its own address space: the shell becomes it and keeps its pid.
        var (status, output, _) = await TestProcess.RunAsync("/bin/sh", ["-c", $"exec '{Machine.Bpfi}' vmas $$ --format {format}"]);
        Assert.Equal(0, status);
        Assert.Contains("BpfInteractive.dll", output, StringComparison.Ordinal);
        Assert.DoesNotContain(s_heavy, heavy => output.Contains(heavy, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("abc", "PID is a whole number, not 'abc'")]
    [InlineData("", "PID is missing: The process")]
    [InlineData("0", "a pid is 1 or more, not 0")]
    [InlineData("1 --format xml", "'xml' not recognized")]
    [InlineData("1 --json --format csv", "--json and --format csv are two formats: give one")]
    [InlineData("1 --engine walker", "there is no engine 'walker'; there are auto, open-coded")]
    [InlineData("1 --engine find-vma", "set From to the address")]
    [InlineData("1 --from here", "'here' is no address; write it as 0x")]
    [InlineData("1 --from", "--from")]
    [InlineData("1 --engin all", "vmas has no option --engin; did you mean --engine?")]
    [InlineData("1 --eng all", "vmas has no option --eng; did you mean --engine?")]
    [InlineData("--engin all 1", "vmas has no option --engin; did you mean --engine?")]
    public async Task Wrong_use_is_told_in_a_line_and_has_status_2(string arguments, string words)
    {
        var (status, output, errors) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (status, output));
        Assert.StartsWith("bpfi: ", errors, StringComparison.Ordinal);
        Assert.Contains(words, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("all")]
    [InlineData("proc-maps")]
    public async Task A_process_that_is_gone_is_said_so(string engine)
    {
        var (status, output, errors) = await RunAsync($"{Targets.DeadPid()}", "--engine", engine, "--format", "parquet", "-o", _folder["v.parquet"]);
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("ESRCH", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["v.parquet"]));
    }

    [Theory]
    [InlineData("table")]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("parquet")]
    [InlineData("html")]
    public async Task A_kernel_thread_has_no_rows_and_is_called_one(string format)
    {
        Require.Root();
        var (status, output, errors) = await RunAsync($"{KernelThread()}", "--format", format);
        Assert.Equal(0, status);
        Assert.Contains("a kernel thread) has no address space", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("0x", format == "csv" ? output : "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zombie_has_no_rows_and_is_called_exited()
    {
        // The child ends only once its parent is a program that never waits for it; a shell would.
        const string Child = "while read -r comm < /proc/$PPID/comm && [ \"$comm\" != sleep ]; do :; done";
        using var parent = TestProcess.Start("/bin/sh", "-c", $"sh -c '{Child}' & echo $!; exec sleep 1000");
        await parent.WaitForOutputAsync("\n");
        var zombie = int.Parse(parent.Output, CultureInfo.InvariantCulture);
        for (var tries = 0; tries < 3000 && !File.ReadAllText($"/proc/{zombie}/stat").Contains(") Z", StringComparison.Ordinal); tries++)
        {
            await Task.Delay(10);
        }

        var (status, output, errors) = await RunAsync($"{zombie}", "--json");
        using var document = JsonDocument.Parse(output);
        Assert.Equal((0, "exited", 0), (status, document.RootElement.GetProperty("state").GetString(), document.RootElement.GetProperty("vmas").GetArrayLength()));
        Assert.Contains("has no address space", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_named()
    {
        var (status, _, errors) = await RunAsync($"{Environment.ProcessId}", "-o", _folder["no/v.csv"], "--format", "csv");
        Assert.Equal((1, $"bpfi: cannot write '{_folder["no/v.csv"]}': there is no folder '{_folder["no"]}'\n"), (status, errors));
    }

    [Fact, AsUser]
    public async Task Without_rights_own_processes_are_shown_and_others_refused_with_the_right_that_is_missing()
    {
        Require.OrdinaryUser();
        Require.File(Machine.Bpfi);
        using var sleeper = VmaTargets.QuietSleeper();
        var (status, output, errors) = await RunAsync($"{sleeper.Pid}", "--format", "csv");
        Assert.Equal(0, status);
        Assert.Equal(File.ReadLines($"/proc/{sleeper.Pid}/maps").Count() + 1, output.TrimEnd().Split('\n').Length);
        Assert.Contains("engine open-coded cannot be used here", errors, StringComparison.Ordinal);

        var (refused, _, why) = await RunAsync("1");
        Assert.Equal(1, refused);
        Assert.Contains("CAP_SYS_PTRACE", why, StringComparison.Ordinal);
    }

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static int KernelThread() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
        .First(pid => pid > 0 && File.ReadAllText($"/proc/{pid}/stat").Contains("(kthreadd)", StringComparison.Ordinal));

    /// <summary>A line of /proc/PID/maps as the first seven fields of the CSV.</summary>
    private static string Fields(string line)
    {
        var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        var range = fields[0].Split('-');
        return string.Join(',', Hex(range[0]), Hex(range[1]), fields[1], Hex(fields[2]), fields[3], fields[4], fields.Length > 5 ? fields[5].Trim() : "");
    }

    private static string Hex(string digits) => "0x" + ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString("x", CultureInfo.InvariantCulture);

    private static Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments) => TestProcess.RunAsync(Machine.Bpfi, ["vmas", .. arguments]);
}
