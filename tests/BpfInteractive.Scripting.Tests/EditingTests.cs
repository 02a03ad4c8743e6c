namespace BpfInteractive.Scripting.Tests;

public sealed class EditingTests : IAsyncDisposable
{
    private readonly CellSession _session = new();
    private readonly RecordedOutput _output = new();

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task Completion_knows_the_frameworks_and_the_sessions_names()
    {
        await _session.RunAsync("var opened = new List<string>(); int OpenAll() => 1;", _output);
        Assert.Equal(["WriteLine"], await NamesAsync("Console.WriteL"));
        Assert.Contains("opened", await NamesAsync("ope"));
        Assert.Contains("OpenAll", await NamesAsync("ope"));
        Assert.Contains("AddRange", await NamesAsync("opened.Add"));
    }

    [Fact]
    public async Task Completion_replaces_the_word_and_tells_what_it_is()
    {
        const string Text = "var x = 1;\nConsole.Wri";
        var answer = await _session.CompleteAsync(Text, Text.Length);
        Assert.Equal((Text.Length - 3, Text.Length), (answer.Start, answer.End));
        Assert.Equal("method", answer.Items.Single(item => item.Text == "WriteLine").Kind);
    }

    [Fact]
    public async Task Completion_knows_the_options_of_languages_and_what_they_take()
    {
        await using var session = NotebookSession.Create();
        async Task<IEnumerable<string>> OfAsync(string text) => (await session.CompleteAsync(text, text.Length)).Items.Select(item => item.Text);
        Assert.Equal(["--name", "--no-attach"], await OfAsync("#!bpf --n"));
        Assert.Equal(["--no-attach"], await OfAsync("1 + 1\n#!bpf --name x --n"));
        Assert.Contains("--var", await OfAsync("#!bpf --name x --var a=1 "));
        Assert.Equal(["insns", "c", "log"], await OfAsync("#!bpf --show "));
        Assert.Equal(["insns"], await OfAsync("#!bpf --show=i"));
        Assert.Equal(["--name"], await OfAsync("#!sql "));
        Assert.Empty(await OfAsync("#!sql --name x "));
        var answer = await session.CompleteAsync("#!bpf --pid", 10);
        Assert.Equal((6, 10, "--pid"), (answer.Start, answer.End, answer.Items.Single().Text));
    }

    [Fact]
    public async Task Completion_answers_while_a_cell_runs()
    {
        CellSession.TakeConsole();
        var running = _session.RunAsync("Console.WriteLine(\"started\"); while (true) { }", _output);
        await _output.WaitForAsync("started");
        Assert.Equal(["WriteLine"], await NamesAsync("Console.WriteL"));
        Assert.False(running.IsCompleted);
        _session.Interrupt();
        await running.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Magics_complete()
    {
        Assert.Equal(["#!who", "#!whos"], await NamesAsync("#!wh"));
        Assert.Equal(["WriteLine"], await NamesAsync("#!time\nConsole.WriteL"));
    }

    [Fact]
    public async Task Inspection_gives_signature_and_documentation()
    {
        await _session.RunAsync("/// <summary>Doubles it.</summary>\nint Twice(int value) => 2 * value;", _output);
        var info = await _session.InspectAsync("Twice(", 6);
        Assert.Contains("int Twice(int value)", info!.PlainText, StringComparison.Ordinal);
        Assert.Null(await _session.InspectAsync("   ", 2));
    }

    [Theory]
    [InlineData("1 + 1", "complete", "")]
    [InlineData("var x = 1;", "complete", "")]
    [InlineData("", "complete", "")]
    [InlineData("int = 7q", "invalid", "")]
    [InlineData("if (true)\n{", "incomplete", "    ")]
    [InlineData("class A\n{\n    void B()\n    {", "incomplete", "        ")]
    [InlineData("Console.WriteLine(", "incomplete", "")]
    public void Complete_incomplete_and_invalid_texts_are_told_apart(string text, string state, string indent) =>
        Assert.Equal(new CellCompleteness(state, indent), _session.IsComplete(text));

    [Fact]
    public async Task Diagnosis_runs_nothing_and_names_the_line()
    {
        var finding = Assert.Single(await _session.DiagnoseAsync("#!time\nint x = missing;"));
        Assert.Equal((2, "CS0103"), (finding.Line, finding.Id));
        Assert.Empty(_session.Variables);
    }

    private async Task<IEnumerable<string>> NamesAsync(string text) => (await _session.CompleteAsync(text, text.Length)).Items.Select(item => item.Text);
}
