using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Scripting.Tests;

public sealed class MagicTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CellSession _session;
    private readonly RecordedOutput _output = new();

    public MagicTests()
    {
        CellSession.TakeConsole();
        _session = new(baseDirectory: _folder.FullName);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("#!tme\n1", "did you mean #!time?")]
    [InlineData("#!markdwn\nx", "did you mean #!markdown?")]
    [InlineData("#!bpf --name x\nint y;", "there is no #!bpf in this session")]
    public async Task An_unknown_name_is_refused_with_the_nearest(string text, string expected)
    {
        var result = await _session.RunAsync(text, _output);
        Assert.Equal("MagicError", result.Error?.Name);
        Assert.Contains(expected, result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_of_a_cell_are_shown_and_run_in_their_order()
    {
        var result = await _session.RunAsync("#!markdown\n# Title\n#!csharp\nvar a = 1;\n#!html\n<b>x</b>\n#!csharp\na + 1", _output);
        Assert.Equal(2, result.Value);
        Assert.Equal("# Title", _output.Displays[0].Bundle.Data["text/markdown"]);
        Assert.Equal("<b>x</b>", _output.Displays[1].Bundle.Data["text/html"]);
    }

    [Fact]
    public async Task Variables_are_listed()
    {
        await _session.RunAsync("var b = new List<int> { 1, 2 }; string a = \"x\";", _output);
        Assert.Equal("a  b", (await _session.RunAsync("#!who", _output)).Value);
        var whos = ((MimeBundle)(await _session.RunAsync("#!whos", _output)).Value!).PlainText;
        Assert.Matches(@"a +string +cell 1 +x\n", whos);
        Assert.Matches(@"b +List<int> +cell 1 +\[1, 2\]\n", whos);
    }

    [Fact]
    public async Task The_list_of_magics_names_all()
    {
        var list = (string)(await _session.RunAsync("#!lsmagic", _output)).Value!;
        Assert.All(["csharp", "doc", "html", "import", "lsmagic", "markdown", "time", "who", "whos"], name => Assert.Contains("#!" + name, list, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_known_of_a_name_is_a_page_beside_the_cell()
    {
        Assert.True((await _session.RunAsync("#!doc Console.WriteLine", _output)).Succeeded);
        Assert.Contains("void Console.WriteLine()", _output.Output, StringComparison.Ordinal);
        Assert.Equal("nothing is known of nowhere", (await _session.RunAsync("#!doc nowhere", _output)).Error?.Message);
    }

    [Fact]
    public async Task Time_is_shown_also_when_the_cell_fails()
    {
        await _session.RunAsync("#!time\nthrow new Exception();", _output);
        Assert.StartsWith("Wall time: ", Assert.Single(_output.Displays).Bundle.PlainText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("part.csx", "int Imported() => 5;")]
    [InlineData("part.dib", "#!meta\n{}\n#!markdown\n# no code\n#!csharp\nint Imported() => 4 + One();\n#!csharp\nint Never() => 0;")]
    [InlineData("part.ipynb", """{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"markdown","source":"x"},{"cell_type":"code","source":["int Imported()\n","    => 5;"]}]}""")]
    public async Task A_file_is_imported(string name, string text)
    {
        await _session.RunAsync("int One() => 1;", _output);
        _folder.Write(name, text);
        Assert.Equal(5, (await _session.RunAsync($"#!import {name}\nImported()", _output)).Value);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var result = await _session.RunAsync("#!import nowhere.csx", _output);
        Assert.Contains("cannot import nowhere.csx: there is no such file", result.Error!.Message, StringComparison.Ordinal);
    }
}
