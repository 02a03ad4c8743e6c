using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace BpfInteractive.Scripting.Tests;

/// <summary><c>bpfi ps</c> and <c>bpfi stop</c>, against sessions in this process and in others.</summary>
public sealed class RunningSessionsTests : IAsyncDisposable
{
    private const string Counter = """
        #!bpf --name ticks
        u64 seen;
        SEC("raw_tp/sys_enter") int on_call(void *ctx) { seen++; return 0; }
        """;

    private readonly ScriptFolder _folder = new();
    private readonly CellSession _session = NotebookSession.Create(kind: "test");
    private readonly RecordedOutput _output = new();

    public RunningSessionsTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "attaching needs root");

    private static RunningSession? Own => RunningSessions.List().SingleOrDefault(session => session.Pid == Environment.ProcessId);

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_attached_is_listed_from_the_first_attach_to_the_end_of_the_session()
    {
        await RunAsync(Counter.Replace("ticks", "ticks --no-attach", StringComparison.Ordinal));
        Assert.Null(Own);
        await RunAsync("ticks.Attach();");
        var session = await SeenAsync(1);
        Assert.Equal(("test", Environment.CurrentDirectory, true), (session.Kind, session.Place, session.Answers));
        Assert.Equal(("ticks", "cell 1", false), (session.Objects[0].Name, session.Objects[0].Cell, session.Objects[0].IsKept));
        var program = Assert.Single(session.Objects[0].Programs);
        Assert.Equal(("on_call", "RawTracepoint sys_enter"), (program.Name, program.Target));
        Assert.InRange(program.Since, DateTimeOffset.Now.AddHours(-1), DateTimeOffset.Now);

        await RunAsync("var profiler = Profiler.Start(new() { Frequency = 49 });");
        Assert.Equal("cpu-clock, 49 a second", (await SeenAsync(2)).Objects.Single(held => held.Name == "profiler").Programs[0].Target);
        await _session.DisposeAsync();
        Assert.Null(Own);
    }

    [Fact]
    public async Task What_is_stopped_is_detached_and_its_user_told()
    {
        await RunAsync(Counter);
        await RunAsync(Counter.Replace("ticks", "others", StringComparison.Ordinal));
        await SeenAsync(2);
        var pid = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var (status, output, errors) = await _folder.RunToolAsync(["stop", pid, "nothing"]);
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("has no 'nothing' attached; it has", errors, StringComparison.Ordinal);
        Assert.Contains("ticks", errors, StringComparison.Ordinal);

        (status, output, errors) = await _folder.RunToolAsync(["stop", pid, "ticks"]);
        Assert.True(status == 0, errors);
        Assert.Equal("stopped ticks: on_call on RawTracepoint sys_enter\n", output);
        Assert.Contains("bpfi: 'ticks' was stopped by root, with bpfi stop (process ", _output.Errors, StringComparison.Ordinal);
        Assert.Equal("others", Assert.Single((await SeenAsync(1)).Objects).Name);
        Assert.Contains("'ticks' was disposed", (await _session.RunAsync("ticks.Globals.seen", _output)).Error!.Text, StringComparison.Ordinal);

        await RunAsync(Counter);
        await SeenAsync(2);
        Assert.Equal(0, (await _folder.RunToolAsync(["stop", pid, "--all"])).Status);
        await SeenAsync(0);
        Assert.Equal(2, (await _folder.RunToolAsync(["stop", pid])).Status);
    }

    [Fact]
    public async Task A_session_that_was_killed_leaves_nothing_that_is_listed()
    {
        using (var script = await _folder.StartAsync("""
            var counter = await Bpf.LoadAsync("SEC(\"raw_tp/sys_enter\") int on_call(void *ctx) { return 0; }");
            counter.Attach();
            Console.WriteLine("ready");
            Thread.Sleep(600_000);
            """))
        {
            while (true)
            {
                var (status, text, errors) = await _folder.RunToolAsync(["ps", "--json"]);
                Assert.True(status == 0, errors);
                if (JsonNode.Parse(text)!["sessions"]!.AsArray().FirstOrDefault(session => (int)session!["pid"]! == script.Pid) is { } found)
                {
                    Assert.Equal(("script", Path.Combine(_folder.FullName, "test.csx")), ((string?)found["kind"], (string?)found["place"]));
                    Assert.Equal("on_call", (string?)found["objects"]![0]!["programs"]![0]!["program"]);
                    break;
                }

                Assert.False(script.HasExited, script.Errors);
            }

            Assert.Contains(SocketsOf(script.Pid), File.Exists);
            script.Signal(9);
            await script.WaitForExitAsync();
            Assert.DoesNotContain(RunningSessions.List(), session => session.Pid == script.Pid);
            Assert.Empty(SocketsOf(script.Pid));
        }
    }

    [Fact]
    public async Task What_talks_of_something_else_gets_no_answer_and_does_no_harm()
    {
        await RunAsync(Counter);
        await SeenAsync(1);
        var path = Assert.Single(SocketsOf(Environment.ProcessId));
        foreach (var text in new[] { "", "\n", "nonsense\n", "{\"Version\":1\n", "{\"Version\":9,\"Stop\":true}\n", new string('[', 60_000) + "\n", new string('x', 200_000) })
        {
            using var socket = SessionFolder.TryConnect(path)!;
            try
            {
                socket.Send(Encoding.UTF8.GetBytes(text));
                socket.Shutdown(SocketShutdown.Send);
                socket.ReceiveTimeout = 30_000;
                Assert.Equal(0, socket.Receive(new byte[1]));
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
            {
                // It had enough.
            }
        }

        Assert.Equal("ticks", (await SeenAsync(1)).Objects[0].Name);
    }

    [Fact]
    public void A_folder_that_others_may_enter_or_a_link_to_one_is_not_used()
    {
        var user = Convert.ToUInt32(0);
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, "own"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        Assert.True(SessionFolder.IsOwnFolder(folder, user));
        Assert.False(SessionFolder.IsOwnFolder(folder, user + 1));
        Assert.False(SessionFolder.IsOwnFolder(File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), folder).FullName, user));
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_000);
        Assert.False(SessionFolder.IsOwnFolder(folder, user));
        Assert.False(SessionFolder.IsOwnFolder(_folder.Write("file", ""), user));
    }

    private static List<string> SocketsOf(int pid) =>
        SessionFolder.Sockets().Select(static socket => socket.Path).Where(path => Path.GetFileName(path).StartsWith($"{pid}-", StringComparison.Ordinal)).ToList();

    /// <summary>The session begins to listen in the background.</summary>
    private static async Task<RunningSession> SeenAsync(int objects)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            if (Own is { } session && session.Objects.Count == objects)
            {
                return session;
            }

            await Task.Delay(20, limit.Token);
        }
    }

    private async Task RunAsync(string cell)
    {
        var result = await _session.RunAsync(cell, _output);
        Assert.True(result.Succeeded, result.Error?.Text);
    }
}
