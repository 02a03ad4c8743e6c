using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Scripting.Tests;

public sealed class RunTests : IDisposable
{
    private const int Interrupt = 2;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_script_sees_its_arguments_and_prints_to_stdout_alone()
    {
        var (status, output, errors) = await _folder.RunAsync("Console.WriteLine(string.Join('|', Args));", "a b", "--c", "");
        Assert.Equal("a b|--c|\n", output);
        Assert.Equal("", errors);
        Assert.Equal(0, status);
    }

    [Theory]
    [InlineData("return 7;", 7)]
    [InlineData("return \"text\";", 0)]
    [InlineData("Environment.Exit(5);", 5)]
    [InlineData("await Task.Delay(1); return 4;", 4)]
    [InlineData("", 0)]
    [InlineData("// nothing but a comment", 0)]
    public async Task The_exit_status_is_the_scripts(string script, int expected) => Assert.Equal(expected, (await _folder.RunAsync(script)).Status);

    [Fact]
    public async Task A_second_run_comes_from_the_cache_and_a_change_is_seen()
    {
        const string Script = "#load \"part.csx\"\nConsole.WriteLine(Part());";
        _folder.Write("part.csx", "string Part() => \"first\";");
        Assert.Equal("first\n", (await _folder.RunAsync(Script)).Output);
        Assert.Equal("first\n", (await _folder.RunAsync(Script)).Output);
        _folder.Write("part.csx", "string Part() => \"changed\";");
        Assert.Equal("changed\n", (await _folder.RunAsync(Script)).Output);
        Assert.Equal("own\n", (await _folder.RunAsync("Console.WriteLine(\"own\");")).Output);
    }

    [Fact]
    public async Task A_first_line_for_the_shell_is_passed_over() =>
        Assert.Equal("ok\n", (await _folder.RunAsync("#!/usr/bin/env -S bpfi run\nConsole.WriteLine(\"ok\");")).Output);

    [Fact]
    public async Task Standard_input_is_the_scripts()
    {
        using var process = await _folder.StartAsync("Console.WriteLine(\"ready\"); Console.WriteLine($\"<{Console.ReadLine()}>\");");
        process.WriteLine("typed");
        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.Contains("<typed>", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compiler_findings_have_the_line_and_a_caret()
    {
        var (status, output, errors) = await _folder.RunAsync("var fine = 1;\nint x = missing;\n");
        Assert.Equal(1, status);
        Assert.Equal("", output);
        Assert.Equal("test.csx(2,9): error CS0103: The name 'missing' does not exist in the current context\n    int x = missing;\n            ^\n", errors);
    }

    [Fact]
    public async Task A_using_declaration_is_refused_with_the_way_out()
    {
        var (status, _, errors) = await _folder.RunAsync("using var memory = new MemoryStream();\n");
        Assert.Equal(1, status);
        Assert.Contains("write 'var'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_shows_the_scripts_lines_and_none_of_ours()
    {
        _folder.Write("part.csx", "static class Part\n{\n    public static int Call(Func<int> f) => f();\n}\n");
        const string Script = """
            #load "part.csx"
            int Fail(int at) => new List<int>()[at];
            async Task<int> Later(int at)
            {
                await Task.Yield();
                return Part.Call(() => Fail(at));
            }
            await Later(3);
            """;
        foreach (var run in new[] { "compiled", "cached" })
        {
            var (status, _, errors) = await _folder.RunAsync(Script);
            Assert.True(status == 1, run);
            var lines = errors.TrimEnd().Split('\n');
            Assert.StartsWith("test.csx(2): ArgumentOutOfRangeException: Index was out of range.", lines[0], StringComparison.Ordinal);
            Assert.Equal(
                [
                    "    at Fail(Int32), test.csx(2)",
                    "    at lambda in Later, test.csx(6)",
                    "    at Part.Call(Func), part.csx(3)",
                    "    at Later, test.csx(6)",
                    "    at top level, test.csx(8)",
                ],
                lines[1..]);
        }
    }

    [Fact]
    public async Task An_exception_on_a_thread_of_the_script_ends_the_run_with_its_line()
    {
        var (status, _, errors) = await _folder.RunAsync("var t = new Thread(() => throw new FormatException(\"odd\"));\nt.Start(); t.Join(); Thread.Sleep(10000);");
        Assert.Equal(1, status);
        Assert.Equal("test.csx(1): FormatException: odd\n    at lambda in top level, test.csx(1)\n", errors);
    }

    [Fact]
    public async Task What_the_machine_lacks_has_a_status_of_its_own()
    {
        var (status, _, errors) = await _folder.RunAsync("throw new UnsupportedFeatureException(\"time travel\", \"no such hardware\");");
        Assert.Equal(3, status);
        Assert.StartsWith("test.csx(1): error: cannot use time travel: no such hardware\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var (status, _, errors) = await TestProcess.RunAsync(ScriptFolder.Tool, ["run", "nowhere.csx"], _folder.FullName);
        Assert.Equal((1, "bpfi: cannot run nowhere.csx: there is no such file\n"), (status, errors));
    }

    [Fact]
    public async Task A_folder_is_no_script()
    {
        var (status, _, errors) = await TestProcess.RunAsync(ScriptFolder.Tool, ["run", "."], _folder.FullName);
        Assert.Equal((1, "bpfi: cannot run .: it is a folder\n"), (status, errors));
    }

    [Fact]
    public async Task Interrupt_reaches_a_script_through_its_scope()
    {
        using var process = await _folder.StartAsync("Console.WriteLine(\"ready\"); await Task.Delay(-1, BpfScope.Current.CancellationToken);");
        process.Signal(Interrupt);
        Assert.Equal(130, await process.WaitForExitAsync());
        Assert.Equal("bpfi: interrupted\n", process.Errors);
    }

    [Fact]
    public async Task Interrupt_ends_a_script_that_does_not_listen()
    {
        using var process = await _folder.StartAsync("Console.WriteLine(\"ready\"); while (true) { }");
        process.Signal(Interrupt);
        Assert.Equal(130, await process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("did not stop by itself", process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_tidies_up_after_an_interrupt_keeps_its_status()
    {
        const string Script = """
            Console.WriteLine("ready");
            try { await Task.Delay(-1, BpfScope.Current.CancellationToken); }
            catch (OperationCanceledException) { Console.WriteLine("tidied"); }
            return 9;
            """;
        using var process = await _folder.StartAsync(Script);
        process.Signal(Interrupt);
        Assert.Equal(9, await process.WaitForExitAsync());
        Assert.Contains("tidied", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_from_the_cache_loads_no_compiler()
    {
        // Watched from outside: which assemblies a process maps is in /proc/PID/maps.
        const string Script = "Console.WriteLine(File.ReadAllText(\"/proc/self/maps\").Contains(\"Microsoft.CodeAnalysis\"));";
        Assert.Equal("True\n", (await _folder.RunAsync(Script)).Output);
        Assert.Equal("False\n", (await _folder.RunAsync(Script)).Output);
    }
}
