using System.Text.Json.Nodes;

namespace BpfInteractive.Scripting.Tests;

/// <summary><c>bpfi run</c> of notebooks.</summary>
public sealed class NotebookRunTests : IDisposable
{
    private const string Notebook = """
        #!markdown
        # Sums
        A page with `code`.

        #!csharp
        // tags: parameters
        var count = 3;
        var name = "none";

        #!csharp
        Console.WriteLine($"count is {count}");
        var shown = display("first");
        name

        #!csharp
        shown.Update("changed");
        new Microsoft.Data.Analysis.DataFrame(new Microsoft.Data.Analysis.DoubleDataFrameColumn("size", new[] { 0.123456789 }))

        """;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cells_run_in_order_with_progress_apart_from_output()
    {
        _folder.Write("sums.dib", Notebook);
        var (status, output, errors) = await RunAsync("sums.dib");
        Assert.Equal((0, "count is 3\nfirst\nnone\n"), (status, output[..output.IndexOf("    size", StringComparison.Ordinal)]));
        Assert.StartsWith("cell 1 of 3: var count = 3;\ncell 2 of 3: Console.WriteLine", errors, StringComparison.Ordinal);
        Assert.Contains("3 of 3 cells in", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_language_with_options_begins_a_cell_of_its_own_behind_prose()
    {
        _folder.Write("own.dib", "#!markdown\nprose\n#!bpf --list\n#!csharp\n1 + 1");
        Assert.Equal(["prose", "#!bpf --list", "1 + 1"], NotebookFile.Read(Path.Combine(_folder.FullName, "own.dib")).Cells.Select(cell => cell.Text));
        var (status, _, errors) = await RunAsync("own.dib");
        Assert.Equal(0, status);
        Assert.Contains("cell 1 of 2: #!bpf --list", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_that_may_fail_does_not_end_the_run()
    {
        _folder.Write("may.dib", "#!csharp\n// tags: raises-exception\nthrow new FormatException(\"odd\");\n#!csharp\n\"after\"");
        var (status, output, errors) = await RunAsync("may.dib");
        Assert.Equal((0, "after\n"), (status, output));
        Assert.Contains("cell 1 failed, as it may: FormatException", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_hold_what_the_cells_showed()
    {
        _folder.Write("sums.dib", Notebook);
        await RunAsync("sums.dib", "--ipynb", "out.ipynb", "--html", "out.html", "--param", "count=5", "--param", "name=a \"b\"");
        var cells = JsonNode.Parse(_folder.Read("out.ipynb"))!["cells"]!.AsArray();
        Assert.Equal(["markdown", "code", "code", "code", "code"], cells.Select(cell => (string?)cell!["cell_type"]));
        Assert.Equal("count = (int)5;\nname = \"a \\\"b\\\"\";", string.Concat(cells[2]!["source"]!.AsArray().Select(line => (string?)line)));
        var outputs = cells[3]!["outputs"]!.AsArray();
        Assert.Equal(["stream", "display_data", "execute_result"], outputs.Select(output => (string?)output!["output_type"]));
        Assert.Equal("count is 5\n", (string?)outputs[0]!["text"]![0]);
        Assert.Equal("changed", (string?)outputs[1]!["data"]!["text/plain"]![0]);
        Assert.Equal("a \"b\"", (string?)outputs[2]!["data"]!["text/plain"]![0]);
        Assert.Equal(4, (int?)cells[4]!["execution_count"]);

        var page = _folder.Read("out.html");
        Assert.Contains("<title>Sums</title>", page, StringComparison.Ordinal);
        Assert.Contains("A page with <code>code</code>.", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"k\">var</span> count", page, StringComparison.Ordinal);
        Assert.Contains("title=\"0.123456789\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_failing_cell_ends_the_run_and_is_named()
    {
        _folder.Write("bad.dib", "#!csharp\n1\n#!csharp\nthrow new FormatException(\"odd\");\n#!csharp\n\"never\"");
        var (status, output, errors) = await RunAsync("bad.dib", "--ipynb", "out.ipynb");
        Assert.Equal((1, "1\n"), (status, output));
        Assert.Contains("bpfi: cell 2 of bad.dib failed", errors, StringComparison.Ordinal);
        Assert.Contains("cell 2(1): FormatException: odd", errors, StringComparison.Ordinal);
        var cells = JsonNode.Parse(_folder.Read("out.ipynb"))!["cells"]!.AsArray();
        Assert.Equal("FormatException", (string?)cells[1]!["outputs"]![0]!["ename"]);
        Assert.Null(cells[2]!["execution_count"]);

        (status, output, _) = await RunAsync("bad.dib", "--allow-errors");
        Assert.Equal((1, "1\nnever\n"), (status, output));
    }

    [Fact]
    public async Task A_run_is_compared_with_an_earlier_one()
    {
        _folder.Write("a.dib", "#!csharp\nConsole.WriteLine($\"took {DateTime.Now.Ticks} ns\"); 0x1f");
        await RunAsync("a.dib", "--ipynb", "old.ipynb");
        Assert.Equal(0, (await RunAsync("a.dib", "--compare", "old.ipynb")).Status);
        Assert.Equal(0, (await RunAsync("old.ipynb", "--compare", "old.ipynb")).Status);

        _folder.Write("old.ipynb", _folder.Read("old.ipynb").Replace("\"took 6", "\"needed 6", StringComparison.Ordinal));
        var (status, _, errors) = await RunAsync("a.dib", "--compare", "old.ipynb");
        Assert.Equal(1, status);
        Assert.Contains("bpfi: not as in old.ipynb: cell 1: line 1 was \"needed #\" and is \"took #\"", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bars_are_as_long_as_chance_has_it_and_of_a_cell_that_varies_the_types_count_alone()
    {
        _folder.Write("a.dib", "#!csharp\n\"reads 12 \" + new string('\\u2588', 3)\n#!csharp\n// tags: varies\n\"one name\"");
        await RunAsync("a.dib", "--ipynb", "old.ipynb");
        var old = _folder.Read("old.ipynb");
        _folder.Write("old.ipynb", old.Replace("███", "▒ ░▏", StringComparison.Ordinal).Replace("one name\"\n", "another\"\n", StringComparison.Ordinal));
        Assert.Equal(0, (await RunAsync("a.dib", "--compare", "old.ipynb")).Status);

        _folder.Write("old.ipynb", old.Replace("text/plain", "text/html", StringComparison.Ordinal));
        var (status, _, errors) = await RunAsync("a.dib", "--compare", "old.ipynb");
        Assert.Equal(1, status);
        Assert.Contains("cell 2: it showed execute_result (text/html) and shows execute_result (text/plain)", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--param", "nobody=1", "the notebook has no such parameter; it has count, name")]
    [InlineData("--param", "count=many", "the parameter is of type int")]
    [InlineData("--param", "count", "as in --param count=5")]
    public async Task A_parameter_that_does_not_fit_is_refused(string option, string value, string told)
    {
        _folder.Write("sums.dib", Notebook);
        var (status, _, errors) = await RunAsync("sums.dib", option, value);
        Assert.Equal(2, status);
        Assert.Contains(told, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_can_be_run_as_a_notebook()
    {
        _folder.Write("x.csx", "int Twice(int v) => 2 * v;\nTwice(width)");
        var (status, output, _) = await RunAsync("x.csx", "--param", "width=21", "--html", "x.html");
        Assert.Equal((0, "42\n"), (status, output));
        Assert.Contains("<pre>42</pre>", _folder.Read("x.html"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_can_be_asked()
    {
        _folder.Write("ask.dib", "#!csharp\ninput(\"how many? \")");
        var (status, _, errors) = await RunAsync("ask.dib");
        Assert.Equal(1, status);
        Assert.Contains("the cell asks \"how many? \"", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bpf_cell_runs_and_one_that_is_refused_shows_its_line()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading BPF programs needs root");
        const string Program = "#!csharp\n#!bpf --name calls\nu64 seen;\nSEC(\"tracepoint/syscalls/sys_enter_getpgid\") int on_call(void *ctx) { seen++; return 0; }\n#!csharp\ncalls.Globals.seen";
        _folder.Write("bpf.dib", Program);
        var (status, output, errors) = await RunAsync("bpf.dib", "--html", "bpf.html");
        Assert.Equal(0, status);
        Assert.Contains("calls (new): 1 attached", output, StringComparison.Ordinal);
        Assert.Contains("cell 1 of 2: #!bpf --name calls", errors, StringComparison.Ordinal);

        _folder.Write("bpf.dib", Program.Replace("seen++", "sen++", StringComparison.Ordinal));
        (status, output, errors) = await RunAsync("bpf.dib");
        Assert.Equal(1, status);
        Assert.Contains("calls:3:", output, StringComparison.Ordinal);
        Assert.Contains("clang refused calls\ncell 1 failed: BpfCellError", errors, StringComparison.Ordinal);
    }

    private Task<(int Status, string Output, string Errors)> RunAsync(string file, params string[] arguments) => _folder.RunToolAsync(["run", file, .. arguments]);
}
