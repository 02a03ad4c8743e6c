using System.Diagnostics;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Scripting.Tests;

/// <summary><c>bpfi repl</c>: the editor key by key, the prompt at a real terminal (of util-linux's script) and from a pipe.</summary>
public sealed class PromptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _screen = new();
    private readonly Queue<ConsoleKeyInfo> _keys = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Enter_runs_what_is_complete_and_indents_what_is_not()
    {
        Type("if (x)\n{\n1\n}\n");
        Assert.Equal("if (x)\n{\n    1\n}", Read(text => text.EndsWith('}') ? new("complete") : new("incomplete", text.EndsWith('{') ? "    " : "")));
    }

    [Fact]
    public void Keys_move_and_delete()
    {
        Type("one two three");
        Press(ConsoleKey.LeftArrow, ConsoleModifiers.Control);
        Press(ConsoleKey.W, ConsoleModifiers.Control);
        Type("2 ");
        Press(ConsoleKey.Home);
        Press(ConsoleKey.Delete);
        Press(ConsoleKey.End);
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Enter);
        Assert.Equal("ne 2 thre", Read());
    }

    [Fact]
    public void Arrows_go_through_lines_and_then_the_history()
    {
        var history = new PromptHistory(_folder["history"]);
        history.Add("first\nsecond");
        history.Add("third");
        history = new PromptHistory(_folder["history"]);
        Type("typed");
        Press(ConsoleKey.UpArrow); // third
        Press(ConsoleKey.UpArrow); // second line of the older
        Press(ConsoleKey.UpArrow); // its first line
        Type("!");
        Press(ConsoleKey.Enter);
        Assert.Equal("first!\nsecond", Read(history: history));

        Type("typed");
        Press(ConsoleKey.UpArrow);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.Enter);
        Assert.Equal("typed", Read(history: history));
    }

    [Fact]
    public void Tab_inserts_what_candidates_share_and_lists_them()
    {
        Type("x.Wri");
        Press(ConsoleKey.Tab);
        Press(ConsoleKey.Enter);
        Assert.Equal("x.Write", Read(complete: (_, position) => new CompletionAnswer(2, position, [new("WriteLine", "method"), new("Write", "method")])));
        Assert.Contains("WriteLine  Write", _screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_pasted_is_one_text_whatever_it_holds()
    {
        Type("\x1b[200~var a = 1;\n\tb\n\x1b[201~!\x1b[99~?\n");
        Assert.Equal("var a = 1;\n    b\n!?", Read());
    }

    [Fact]
    public void End_of_input_ends_only_an_empty_prompt()
    {
        Type("ab");
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.D, ConsoleModifiers.Control);
        Press(ConsoleKey.Enter);
        Assert.Equal("a", Read());
        Press(ConsoleKey.D, ConsoleModifiers.Control);
        Assert.Null(Read());
    }

    [Fact]
    public void An_emoji_is_one_letter()
    {
        Type("a\U0001F41Db");
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Enter);
        Assert.Equal("ab", Read());
    }

    [Theory]
    [InlineData("abc", 3, 0, 5)]
    [InlineData("ab\ncd", 4, 1, 3)]
    [InlineData("12345678", 8, 1, 0)]
    [InlineData("123456789\nx", 11, 2, 3)]
    public void A_position_has_its_row_where_lines_wrap(string text, int position, int row, int column) =>
        Assert.Equal((row, column), PromptScreen.PlaceOf(text, position, indent: 2, columns: 10));

    [Fact]
    public async Task From_a_pipe_cells_run_without_a_prompt()
    {
        var (status, output, errors) = await PipeAsync("int Twice(int v)\n{\n    return 2 * v;\n}\nTwice(21)\nmissing\n#!who\n#!markdown\n# Title\n\nText\n#!csharp\nConsole.Write(\"end\");");
        Assert.Equal("42\n\n# Title\n\nText\nend\n".Replace("\n\n#", "\n#", StringComparison.Ordinal), output.Replace("\n\n#", "\n#", StringComparison.Ordinal));
        Assert.Contains("cell 3(1,1): error CS0103", errors, StringComparison.Ordinal);
        Assert.Equal(1, status);
    }

    [Fact]
    public async Task From_a_pipe_a_bpf_cell_may_have_empty_lines()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading BPF programs needs root");
        var (status, output, errors) = await PipeAsync("#!bpf --name calls\nu64 seen = 7;\n\nSEC(\"tracepoint/syscalls/sys_enter_getpgid\")\nint on_call(void *ctx)\n{\n    return 0;\n}\n#!csharp\ncalls.Globals.seen\n#!bpf --list\n");
        Assert.Equal((0, ""), (status, errors));
        Assert.Contains("calls (new): 1 attached", output, StringComparison.Ordinal);
        Assert.Contains("\n7\n", output, StringComparison.Ordinal);
        Assert.Contains("1 objects, 1 programs", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_a_terminal_cells_are_coloured_completed_and_interrupted()
    {
        using var terminal = Terminal();
        await terminal.WaitForOutputAsync("1> ");
        terminal.Write("\x1b[200~var text = \"a\" +\r\"b\";\x1b[201~\r");
        await terminal.WaitForOutputAsync("2> ");
        Assert.Contains("\x1b[35mvar", terminal.Output, StringComparison.Ordinal);
        terminal.Write("text.Leng\t\r");
        await terminal.WaitForOutputAsync("3> ");
        Assert.Contains("Length", terminal.Output, StringComparison.Ordinal);
        terminal.Write("while (true) ;\r");
        await Task.Delay(500, TestContext.Current.CancellationToken);
        terminal.Write("\x03");
        await terminal.WaitForOutputAsync("the cell was interrupted");
        await terminal.WaitForOutputAsync("4> ");
        terminal.Write("text + \"c\"\r");
        await terminal.WaitForOutputAsync("5> ");
        Assert.Contains("\nabc\n", terminal.Output, StringComparison.Ordinal);
        terminal.Write("\x04");
        Assert.Equal(0, await terminal.WaitForExitAsync());
    }

    [Fact]
    public async Task Without_colour_there_is_none()
    {
        using var terminal = Terminal(("NO_COLOR", "1"));
        await terminal.WaitForOutputAsync("1> ");
        terminal.Write("var x = \"text\";\r");
        await terminal.WaitForOutputAsync("2> ");
        terminal.Write("\x04");
        Assert.Equal(0, await terminal.WaitForExitAsync());
        Assert.DoesNotMatch(@"\x1b\[[\d;]*m", terminal.Output.Replace("\x1b[0m", "", StringComparison.Ordinal));
    }

    private TestProcess Terminal(params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo("script", ["-qfec", $"exec {ScriptFolder.Tool} repl", "/dev/null"]) { WorkingDirectory = _folder.FullName };
        info.Environment["TERM"] = "xterm-256color";
        info.Environment["BPFI_HISTORY"] = _folder["history"];
        info.Environment.Remove("NO_COLOR");
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        return TestProcess.Start(info);
    }

    private async Task<(int Status, string Output, string Errors)> PipeAsync(string text)
    {
        _folder.Write("cells", text);
        return await TestProcess.RunAsync("sh", ["-c", $"{ScriptFolder.Tool} repl < cells"], _folder.FullName);
    }

    private void Type(string text)
    {
        foreach (var letter in text)
        {
            _keys.Enqueue(letter == '\n' ? new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false) : new ConsoleKeyInfo(letter, letter == '\x1b' ? ConsoleKey.Escape : ConsoleKey.None, false, false, false));
        }
    }

    private void Press(ConsoleKey key, ConsoleModifiers modifiers = 0) =>
        _keys.Enqueue(new ConsoleKeyInfo('\0', key, shift: false, alt: (modifiers & ConsoleModifiers.Alt) != 0, control: (modifiers & ConsoleModifiers.Control) != 0));

    private string? Read(Func<string, CellCompleteness>? isComplete = null, PromptHistory? history = null, Func<string, int, CompletionAnswer>? complete = null) =>
        new PromptEditor(
            _keys.Dequeue,
            () => _keys.Count > 0,
            new PromptScreen(_screen, hasColor: false, () => 80),
            history ?? new PromptHistory(null),
            isComplete ?? (_ => new CellCompleteness("complete")),
            complete ?? ((_, position) => CompletionAnswer.None(position))).Read("> ");
}
