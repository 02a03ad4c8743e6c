namespace BpfInteractive.Scripting.Tests;

public sealed class SessionTests : IAsyncDisposable
{
    private readonly CellSession _session = new(["one"]);
    private readonly RecordedOutput _output = new();

    public SessionTests() => CellSession.TakeConsole();

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Theory]
    [InlineData("1 + 1", false)]
    [InlineData("Console.Write(new { A = 1 }.A);", false)]
    [InlineData("{ var inside = 1; }", false)]
    [InlineData("var x = 1;", true)]
    [InlineData("int.TryParse(\"1\", out var x)", true)]
    [InlineData("int F() => 1;", true)]
    [InlineData("record R(int A);", true)]
    [InlineData("using System.Net;", true)]
    public async Task The_chain_of_pieces_grows_by_those_alone_that_declare_something(string code, bool grows)
    {
        using var compiler = new SubmissionCompiler(AppContext.BaseDirectory, _ => { }, isInterruptible: true);
        var (_, compilation) = await compiler.CompileAsync(code, "cell", TestContext.Current.CancellationToken);
        Assert.Equal(grows, SubmissionCompiler.Declares(compilation));
        if (grows)
        {
            compiler.Accept(compilation);
        }

        var (_, next) = await compiler.CompileAsync("2", "cell", TestContext.Current.CancellationToken);
        Assert.Same(grows ? compilation : null, next.ScriptCompilationInfo!.PreviousScriptCompilation);
    }

    [Fact]
    public async Task Anonymous_types_of_cells_that_declare_nothing_and_of_those_that_do_stand_side_by_side()
    {
        await using var session = new CellSession();
        var output = new RecordedOutput();
        foreach (var code in new[] { "new { A = 1 }", "var a = new { A = 1, B = 2 };", "new { A = 2 }.A + new { C = 1 }.C", "var b = new { A = 3, B = 4 };", "(new[] { a, b }).Sum(x => x.A * x.B) + new { A = 5 }.A" })
        {
            var result = await session.RunAsync(code, output, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(result.Succeeded, result.Error?.Text);
            Assert.True(!code.StartsWith("(new[]", StringComparison.Ordinal) || 19.Equals(result.Value));
        }
    }

    [Fact]
    public async Task A_cell_that_failed_and_cells_that_declare_nothing_leave_no_name_that_a_later_one_would_have()
    {
        Assert.Equal(2, await RunAsync("1 + 1"));
        Assert.False((await _session.RunAsync("int F() => throw new System.IO.IOException(); F()", _output, cancellationToken: TestContext.Current.CancellationToken)).Succeeded);
        Assert.Equal(3, await RunAsync("1 + 2"));
        Assert.False((await _session.RunAsync("var x = int.Parse(\"x\");", _output, cancellationToken: TestContext.Current.CancellationToken)).Succeeded);
        Assert.Equal(4, await RunAsync("var x = 4; x"));
        Assert.Equal(5, await RunAsync("x + 1"));
        Assert.Equal(6, await RunAsync("x + 2"));
    }

    [Fact]
    public async Task A_piece_that_declares_nothing_and_is_run_again_is_compiled_and_loaded_once()
    {
        await RunAsync("var list = new List<int>();");
        var assemblies = new HashSet<object?>();
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(i, await RunAsync("{ list.Add(1); } list.Count"));
            assemblies.Add(((Delegate)(await RunAsync("() => 1"))!).Method.Module.Assembly);
        }

        Assert.Single(assemblies);
        await RunAsync("var other = 1;");
        Assert.DoesNotContain(((Delegate)(await RunAsync("() => 1"))!).Method.Module.Assembly, assemblies);
    }

    [Fact]
    public async Task A_piece_that_is_run_again_means_what_its_names_mean_now()
    {
        await RunAsync("var x = 1; string Kind(int n) => \"number\";");
        Assert.Equal("number", await RunAsync("Kind(x)"));
        await RunAsync("x = 2;");
        Assert.Equal("number", await RunAsync("Kind(x)"));
        await RunAsync("string Kind(object n) => \"object\"; var x = \"text\";");
        Assert.Equal("object", await RunAsync("Kind(x)"));
    }

    [Fact]
    public async Task What_a_piece_says_when_it_is_run_again_it_says_of_the_cell_that_runs_it()
    {
        const string Throwing = "\nthrow new InvalidOperationException(\"odd\");";
        Assert.StartsWith("cell 1(2): InvalidOperationException: odd", (await FailAsync(Throwing)).Text, StringComparison.Ordinal);
        Assert.StartsWith("cell 2(2): InvalidOperationException: odd", (await FailAsync(Throwing)).Text, StringComparison.Ordinal);
        await RunAsync("string? Maybe() => null;");
        for (var cell = 4; cell <= 5; cell++)
        {
            await RunAsync("{ int unused; }");
            Assert.Contains($"cell {cell}(1,7): warning CS0168", _output.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cell_sees_what_those_before_it_declared()
    {
        await RunAsync("using System.Text; var x = 20; int Twice(int v) => 2 * v; record Point(int X, int Y);");
        await RunAsync("x += 1; var text = new StringBuilder(Args[0]);");
        Assert.Equal(42, await RunAsync("Twice(x)"));
        Assert.Equal("Point { X = 42, Y = 1 }", (await RunAsync("var p = new Point(Twice(x), 1); p"))?.ToString());
        Assert.Equal("one", (await RunAsync("text"))?.ToString());
    }

    [Fact]
    public async Task A_name_may_be_declared_again_with_another_type()
    {
        await RunAsync("var x = 1;");
        await RunAsync("var x = \"text\";");
        Assert.Equal(4, await RunAsync("x.Length"));
        Assert.Equal([("x", typeof(string), "cell 2")], _session.Variables.Select(variable => (variable.Name, variable.Type, variable.Cell)));
    }

    [Fact]
    public async Task A_cell_that_fails_leaves_the_session_as_it_was()
    {
        await RunAsync("var x = 1;");
        Assert.Equal("CompilationError", (await FailAsync("x = nothing;")).Name);
        Assert.Equal("InvalidOperationException", (await FailAsync("var x = \"other\"; throw new InvalidOperationException(\"odd\");")).Name);
        Assert.Equal(2, await RunAsync("x + 1"));
    }

    [Fact]
    public async Task Findings_name_the_cell_and_its_line_behind_magics()
    {
        var error = await FailAsync("#!time\n  int x = \"\";");
        var finding = Assert.Single(((ScriptCompilationException)error.Exception).Diagnostics);
        Assert.Equal(("cell 1", 2, 11, "CS0029", true), (finding.File, finding.Line, finding.Column, finding.Id, finding.IsError));
    }

    [Fact]
    public async Task An_exception_has_the_lines_of_its_cells_and_no_frame_of_ours()
    {
        await RunAsync("int Fail(int at)\n{\n    return new List<int>()[at];\n}");
        var error = await FailAsync("\nawait Task.Yield();\nFail(3)");
        var lines = error.Text.Split('\n');
        Assert.StartsWith("cell 1(3): ArgumentOutOfRangeException: Index was out of range.", lines[0], StringComparison.Ordinal);
        Assert.Equal(["    at Fail(Int32), cell 1(3)", "    at top level, cell 2(3)"], lines[1..]);
    }

    [Fact]
    public async Task An_empty_cell_is_nothing_and_the_next_goes_on()
    {
        Assert.Null(await RunAsync("// nothing"));
        Assert.Null(await RunAsync(""));
        Assert.Equal(3, await RunAsync("1 + 2"));
    }

    [Fact]
    public async Task What_a_cell_writes_reaches_that_cell_from_threads_too()
    {
        await RunAsync("Console.Write(\"a\"); await Task.Delay(1); Console.Out.WriteLine(\"b\"); var t = new Thread(() => Console.Error.Write(\"c\")); t.Start(); t.Join();");
        Assert.Equal("ab\n", _output.Output);
        Assert.Equal("c", _output.Errors);
    }

    [Fact]
    public async Task A_display_can_be_changed_by_a_later_cell()
    {
        await RunAsync("var shown = display(1); shown");
        await RunAsync("shown.Update(\"two\");");
        Assert.Equal("", _output.Output);
        Assert.Equal(["1", "two"], _output.Displays.Select(display => display.Bundle.PlainText));
        Assert.Equal([false, true], _output.Displays.Select(display => display.IsUpdate));
        Assert.Equal(_output.Displays[0].Id, _output.Displays[1].Id);
    }

    [Fact]
    public async Task The_front_end_is_asked_for_lines_and_passwords()
    {
        _output.Answers.Enqueue("Ada");
        _output.Answers.Enqueue("secret");
        _output.Answers.Enqueue("line");
        Assert.Equal("Ada/secret/line", await RunAsync("$\"{input(\"name? \")}/{password(\"word? \")}/{Console.ReadLine()}\""));
        Assert.Equal([("name? ", false), ("word? ", true), ("", false)], _output.Questions);
    }

    [Theory]
    [InlineData("await Task.Delay(-1, BpfScope.Current.CancellationToken);")]
    [InlineData("while (true) { }")]
    [InlineData("await Task.Yield(); while (true) { }")]
    [InlineData("while (true) { try { while (true) { } } catch (Exception) { } }")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("while (true) ;")]
    [InlineData("for (;;) { }")]
    [InlineData("do ; while (true);")]
    [InlineData("void Loop() { again: goto again; }\nLoop();")]
    [InlineData("int Ways(int n) { return n < 2 ? 1 : Ways(n - 1) + Ways(n - 2); }\nWays(200)")]
    [InlineData("int Twice(int n) => n < 2 ? 1 : Twice(n - 1) + Twice(n - 2);\nTwice(200)")]
    [InlineData("foreach (var n in Forever()) ;\nIEnumerable<int> Forever() { while (true) yield return 1; }")]
    [InlineData("Enumerable.Repeat(1, int.MaxValue).Select(n => { return n * n; }).Where(n => n > 1).ToList()")]
    [InlineData("await Task.Run(() => { while (true) { } });")]
    [InlineData("Thread.Sleep(600000);")]
    [InlineData("new ManualResetEventSlim().Wait();")]
    public async Task An_interrupt_stops_the_cell_and_leaves_the_session(string code)
    {
        await RunAsync("var kept = 7;");
        var running = _session.RunAsync("Console.WriteLine(\"started\"); " + code, _output);
        await _output.WaitForAsync("started");
        _session.Interrupt();
        var result = await running.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(CellError.Interrupted, result.Error?.Name);
        Assert.Equal(8, await RunAsync("kept + 1"));
    }

    [Fact]
    public async Task What_makes_cells_stoppable_moves_no_line_and_no_column()
    {
        var thrown = await FailAsync("var n = 3;\nwhile (true) if (n-- == 0)\n    throw new FormatException(\"odd\");");
        Assert.Contains("cell 1(3): FormatException", thrown.Text, StringComparison.Ordinal);
        var refused = await FailAsync("while (true) { int x = \"\"; }");
        Assert.Contains("(1,24): error CS0029", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_makes_cells_stoppable_changes_no_meaning()
    {
        const string code = """
            using System.Linq.Expressions;
            using System.Threading.Tasks;
            static int Plain(int x) => x + 1;
            async Task Wait() => await Task.Yield();
            async Task<int> WaitFor(int x) => await Task.FromResult(x);
            async System.Threading.Tasks.ValueTask Later() => await Task.Yield();
            Task Other() => Task.CompletedTask;
            int Thrown() => throw new FormatException("odd");
            int[] cells = [1, 2, 3];
            ref int At(int i) => ref cells[i];
            void Set(int i) => At(i) = 10;
            class Counter { int _n; public int Next() => ++_n; public int Value { get { return _n; } } public static Counter operator +(Counter c, int n) { c._n += n; return c; } }
            Expression<Func<int, bool>> tree = n => n > 1;
            await Wait(); await Later(); await Other();
            Set(0);
            var sum = 0;
            foreach (var (n, i) in cells.Select((n, i) => (n, i))) sum += n * (i + 1);
            for (var i = 0; i < 3; i++) if (i == 1) continue; else sum++;
            var at = 0;
            next: at++;
            if (at < 5) goto next;
            var counter = new Counter();
            counter.Next();
            counter += 2;
            try { Thrown(); } catch (FormatException) { sum += 1000; }
            $"{Plain(1)} {await WaitFor(5)} {sum} {at} {counter.Value} {tree.Compile()(2)}"
            """;
        Assert.Equal("2 5 1025 5 3 True", await RunAsync(code));
    }

    [Fact]
    public async Task After_an_interrupt_the_thread_may_wait_again()
    {
        for (var i = 0; i < 3; i++)
        {
            var running = _session.RunAsync("Console.WriteLine(\"started\"); while (true) { }", _output);
            await _output.WaitForAsync("started");
            _session.Interrupt();
            Assert.Equal(CellError.Interrupted, (await running.WaitAsync(TimeSpan.FromMinutes(1))).Error?.Name);
            Assert.Equal(1, await RunAsync("Thread.Sleep(20); await Task.Delay(20); 1"));
        }
    }

    [Fact]
    public async Task A_cell_that_cannot_be_stopped_offers_a_restart()
    {
        var running = _session.RunAsync("Console.WriteLine(\"started\"); Thread.SpinWait(200_000_000);", _output);
        await _output.WaitForAsync("started");
        _session.Interrupt();
        await _output.WaitForAsync("restart the kernel");
        Assert.False(running.IsCompleted);
        Assert.Equal(CellError.Interrupted, (await running.WaitAsync(TimeSpan.FromMinutes(1))).Error?.Name);
    }

    [Fact]
    public async Task An_exception_on_a_thread_of_the_cell_is_told_and_ends_nothing()
    {
        await RunAsync("new Thread(() => throw new FormatException(\"odd\")).Start();");
        await _output.WaitForAsync("FormatException: odd");
        Assert.Equal(2, await RunAsync("1 + 1"));
    }

    [Fact]
    public async Task An_async_void_left_behind_is_told_as_well()
    {
        await RunAsync("async void Later() { await Task.Delay(50); throw new FormatException(\"late\"); }\nLater();");
        await _output.WaitForAsync("FormatException: late");
    }

    [Fact]
    public async Task A_language_of_cells_declares_a_variable_of_a_class_of_its_own()
    {
        _session.Add(new Shout());
        await RunAsync("#!shout --name loud\nhello");
        Assert.Equal("HELLO!", await RunAsync("loud.Text"));
        Assert.Equal("Loud", TypeOf("loud"));
        Assert.Equal(["--name", "loud"], Shout.Arguments);
    }

    private string TypeOf(string name) => _session.Variables.Single(variable => variable.Name == name).Type.Name;

    private async Task<object?> RunAsync(string code)
    {
        var result = await _session.RunAsync(code, _output);
        Assert.True(result.Succeeded, result.Error?.Text);
        return result.Value;
    }

    private async Task<CellError> FailAsync(string code)
    {
        var result = await _session.RunAsync(code, _output);
        Assert.NotNull(result.Error);
        return result.Error;
    }

    private sealed class Shout : ICellLanguage
    {
        internal static IReadOnlyList<string> Arguments { get; private set; } = [];

        public string Name => "shout";

        public string Description => "says it louder";

        public async Task<object?> RunAsync(CellSource source, CellContext context)
        {
            Arguments = source.Arguments;
            var name = source.Arguments[1];
            await context.BindAsync(name, source.Text.ToUpperInvariant() + "!", "new Loud(Bound<string>())", "public sealed record Loud(string Text);");
            return null;
        }

        public Task<CompletionAnswer> CompleteAsync(CellSource source, int position, CancellationToken cancellationToken) => Task.FromResult(CompletionAnswer.None(position));

        public Task<MimeBundle?> InspectAsync(CellSource source, int position, CancellationToken cancellationToken) => Task.FromResult<MimeBundle?>(null);

        public Task<IReadOnlyList<ScriptDiagnostic>> DiagnoseAsync(CellSource source, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<ScriptDiagnostic>>([]);
    }
}
