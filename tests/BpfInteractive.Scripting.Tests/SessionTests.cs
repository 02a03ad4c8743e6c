namespace BpfInteractive.Scripting.Tests;

public sealed class SessionTests
{
    private readonly ScriptSession _session = new(["one"]);

    [Fact]
    public async Task A_piece_of_code_sees_what_those_before_it_declared()
    {
        await _session.RunAsync("using System.Text; var x = 20; int Twice(int v) => 2 * v; record Point(int X, int Y);");
        await _session.RunAsync("x += 1; var text = new StringBuilder(Args[0]);");
        Assert.Equal(42, await _session.RunAsync("Twice(x)"));
        Assert.Equal("Point { X = 42, Y = 1 }", (await _session.RunAsync("var p = new Point(Twice(x), 1); p"))?.ToString());
        Assert.Equal("one", (await _session.RunAsync("text"))?.ToString());
    }

    [Fact]
    public async Task A_name_may_be_declared_again_with_another_type()
    {
        await _session.RunAsync("var x = 1;");
        await _session.RunAsync("var x = \"text\";");
        Assert.Equal(4, await _session.RunAsync("x.Length"));
    }

    [Fact]
    public async Task Code_that_fails_leaves_the_session_as_it_was()
    {
        await _session.RunAsync("var x = 1;");
        await Assert.ThrowsAsync<ScriptCompilationException>(() => _session.RunAsync("x = nothing;", "cell 2"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _session.RunAsync("var x = \"other\"; throw new InvalidOperationException();"));
        Assert.Equal(2, await _session.RunAsync("x + 1"));
    }

    [Fact]
    public async Task Findings_name_the_piece()
    {
        var error = await Assert.ThrowsAsync<ScriptCompilationException>(() => _session.RunAsync("\n  int x = \"\";", "cell 3"));
        var finding = Assert.Single(error.Diagnostics);
        Assert.Equal(("cell 3", 2, 11, "CS0029", true), (finding.File, finding.Line, finding.Column, finding.Id, finding.IsError));
    }

    [Fact]
    public async Task An_empty_piece_is_nothing_and_the_next_goes_on()
    {
        Assert.Null(await _session.RunAsync("// nothing"));
        Assert.Equal(3, await _session.RunAsync("1 + 2"));
    }
}
