using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>What Jupyter's own tests of kernels leave out, over the wire of one kernel.</summary>
[Slow]
public sealed class ProtocolTests(ProtocolTests.Shared shared) : IClassFixture<ProtocolTests.Shared>
{
    private JupyterClient Client => shared.Client;

    [Fact]
    public async Task A_subscriber_is_welcomed_before_it_hears_anything()
    {
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        Assert.Equal("iopub_welcome", client.Receive("iopub").Type);
        Assert.Equal("starting", client.WaitFor("status").Content["execution_state"]!.GetValue<string>());
    }

    [Fact]
    public void The_heartbeat_gives_back_what_it_gets()
    {
        using var heartbeat = ZmtpClient.Connect(shared.Kernel.EndOf("hb"), "REQ");
        heartbeat.Send([], [.. "ping"u8]);
        Assert.Equal([[], [.. "ping"u8]], heartbeat.Receive());
    }

    [Fact]
    public void Everything_published_for_a_request_names_it_and_stands_between_busy_and_idle()
    {
        var (reply, published) = Client.Run("Console.Write(\"a\"); Console.Error.Write(\"b\"); display(1); 2");
        Assert.Equal("ok", Text(reply, "status"));
        Assert.Equal(["status", "execute_input", "stream", "stream", "display_data", "execute_result", "status"], published.Select(message => message.Type));
        Assert.Equal(published[1].Content["execution_count"]!.GetValue<int>(), reply["execution_count"]!.GetValue<int>());
    }

    [Fact]
    public void Silent_cells_show_nothing_and_do_not_count()
    {
        var before = Count(Client.Run("1").Reply);
        var (reply, published) = Client.Run("Console.Write(\"x\"); display(1); 3", content => content["silent"] = true);
        Assert.Equal(["status", "status"], published.Select(message => message.Type));
        Assert.Equal("ok", Text(reply, "status"));
        Client.Run("4", content => content["store_history"] = false);
        Assert.Equal(before + 1, Count(Client.Run("5").Reply));
        var tail = Client.Ask("history_request", new JsonObject { ["hist_access_type"] = "tail", ["n"] = 2, ["output"] = true, ["raw"] = true })["history"]!.AsArray();
        Assert.Equal(["1", "5"], tail.Select(entry => entry![2]![0]!.GetValue<string>()));
        Assert.Equal("5", tail[1]![2]![1]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_stopped_from_outside_is_told_in_the_notebook()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to load BPF programs");
        Client.Run("#!bpf --name watched\nSEC(\"raw_tp/sys_enter\") int on_call(void *ctx) { return 0; }");
        var (pid, limit) = (shared.Kernel.Process.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture), DateTime.UtcNow.AddMinutes(1));
        while ((await TestProcess.RunAsync(KernelProcess.Tool, ["stop", pid, "watched"])).Status != 0)
        {
            Assert.True(DateTime.UtcNow < limit, "the kernel is not listed"); // it begins to listen behind the cell
        }

        var told = Client.WaitFor("stream", content => Text(content, "name") == "stderr").Content;
        Assert.Contains("'watched' was stopped by root", Text(told, "text"), StringComparison.Ordinal);
        Assert.Contains("was disposed", Text(Client.Run("watched.Object").Reply, "evalue"), StringComparison.Ordinal);
    }

    [Fact]
    public void Expressions_are_evaluated_behind_a_cell()
    {
        var (reply, _) = Client.Run("var seven = 7;", content => content["user_expressions"] = new JsonObject { ["good"] = "seven * 6", ["bad"] = "nothing" });
        var values = reply["user_expressions"]!;
        Assert.Equal("42", values["good"]!["data"]!["text/plain"]!.GetValue<string>());
        Assert.Equal("error", values["bad"]!["status"]!.GetValue<string>());
    }

    [Fact]
    public void Cells_behind_one_that_failed_do_not_run_and_later_ones_do()
    {
        var failing = Client.Start("Thread.Sleep(300); throw new FormatException(\"odd\");");
        var behind = Client.Start("Console.WriteLine(\"must not run\");");
        Assert.Equal("FormatException", Text(Client.Reply(failing), "ename"));
        Assert.Equal("Aborted", Text(Client.Reply(behind), "ename"));
        Assert.Equal(["status", "status"], Client.Published(behind).Select(message => message.Type));
        Assert.Equal("ok", Text(Client.Run("6").Reply, "status"));
    }

    [Fact]
    public void Cells_behind_one_that_failed_run_when_they_should()
    {
        var failing = Client.Start("Thread.Sleep(300); throw new FormatException(\"odd\");", content => content["stop_on_error"] = false);
        var behind = Client.Start("7");
        Assert.Equal("error", Text(Client.Reply(failing), "status"));
        Assert.Equal("ok", Text(Client.Reply(behind), "status"));
    }

    [Fact]
    public void A_display_is_changed_in_place()
    {
        var (_, shown) = Client.Run("var shown = display(1);");
        var (_, changed) = Client.Run("shown.Update(2);");
        var update = Assert.Single(changed, message => message.Type == "update_display_data");
        Assert.Equal("2", update.Content["data"]!["text/plain"]!.GetValue<string>());
        Assert.Equal(IdOf(shown.Single(message => message.Type == "display_data")), IdOf(update));

        static string IdOf(ClientMessage message) => message.Content["transient"]!["display_id"]!.GetValue<string>();
    }

    [Fact]
    public void A_person_is_asked_for_lines_and_passwords()
    {
        var id = Client.Start("var name = input(\"name? \"); var word = password(\"word? \"); $\"{name}/{word}\"");
        Answer("name? ", isPassword: false, "Ada");
        Answer("word? ", isPassword: true, "secret");
        Client.Reply(id);
        var result = Client.Published(id).Single(message => message.Type == "execute_result");
        Assert.Equal("Ada/secret", result.Content["data"]!["text/plain"]!.GetValue<string>());
    }

    [Fact]
    public void Nobody_is_asked_where_the_front_end_forbids_it()
    {
        var (reply, _) = Client.Run("input(\"name? \")", content => content["allow_stdin"] = false);
        Assert.Contains("nobody to ask", Text(reply, "evalue"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("while (true) { DateTime.UtcNow.ToString(); }")]
    [InlineData("while (true) { }")]
    [InlineData("await Task.Delay(-1, BpfScope.Current.CancellationToken);")]
    [InlineData("Console.ReadLine();")]
    public void A_message_interrupts_the_cell_and_leaves_the_session(string code)
    {
        Client.Run("var kept = 7;");
        var id = Client.Start("Console.WriteLine(\"runs\"); " + code);
        Client.WaitFor("stream");
        if (code.Contains("ReadLine", StringComparison.Ordinal))
        {
            Assert.Equal("input_request", Client.Receive("stdin").Type);
        }

        Assert.Equal("ok", Text(Client.Ask("interrupt_request", [], "control"), "status"));
        Assert.Equal("Interrupted", Text(Client.Reply(id), "ename"));
        Assert.Equal("8", Result(Client.Run("kept + 1").Published));
    }

    [Fact]
    public void A_signal_interrupts_the_cell_as_well()
    {
        var id = Client.Start("Console.WriteLine(\"runs\"); while (true) { DateTime.UtcNow.ToString(); }");
        Client.WaitFor("stream");
        shared.Kernel.Process.Signal(2);
        Assert.Equal("Interrupted", Text(Client.Reply(id), "ename"));
        Assert.Equal("ok", Text(Client.Run("1").Reply, "status"));
    }

    [Fact]
    public void Completion_inspection_and_kernel_info_are_answered_while_a_cell_runs()
    {
        Client.Run("var greeting = \"hello\";");
        var id = Client.Start("Console.WriteLine(\"runs\"); while (!BpfScope.Current.CancellationToken.IsCancellationRequested) Thread.Sleep(10);");
        Client.WaitFor("stream");
        var completed = Client.Ask("complete_request", new JsonObject { ["code"] = "greeting.ToUpperI", ["cursor_pos"] = 17 });
        Assert.Equal("ToUpperInvariant", completed["matches"]![0]!.GetValue<string>());
        Assert.Equal("method", completed["metadata"]!["_jupyter_types_experimental"]![0]!["type"]!.GetValue<string>());
        var inspected = Client.Ask("inspect_request", new JsonObject { ["code"] = "greeting", ["cursor_pos"] = 8 });
        Assert.Contains("string greeting", inspected["data"]!["text/plain"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("C#", Client.Ask("kernel_info_request", [], "control")["language_info"]!["name"]!.GetValue<string>());
        Client.Ask("interrupt_request", [], "control");
        Client.Reply(id);
    }

    [Fact]
    public void A_cursor_is_counted_in_code_points()
    {
        var completed = Client.Ask("complete_request", new JsonObject { ["code"] = "var s = \"😀\"; Console.WriteL", ["cursor_pos"] = 27 });
        Assert.Equal("WriteLine", Assert.Single(completed["matches"]!.AsArray())!.GetValue<string>());
        Assert.Equal((21, 27), (completed["cursor_start"]!.GetValue<int>(), completed["cursor_end"]!.GetValue<int>()));
    }

    [Fact]
    public void An_unfinished_text_says_how_to_go_on()
    {
        var reply = Client.Ask("is_complete_request", new JsonObject { ["code"] = "class A\n{\n    void F()\n    {" });
        Assert.Equal(("incomplete", "        "), (Text(reply, "status"), Text(reply, "indent")));
        Assert.Equal("invalid", Text(Client.Ask("is_complete_request", new JsonObject { ["code"] = "int = 7q" }), "status"));
    }

    [Fact]
    public void Comms_go_both_ways_also_while_a_cell_runs()
    {
        Client.Run("using BpfInteractive.Jupyter; using System.Text.Json.Nodes; var stop = new ManualResetEventSlim(); "
            + "Comm.Register(\"buttons\", (comm, data) => comm.Received = (message, buffers) => { comm.Send(new JsonObject { [\"bytes\"] = buffers[0].Length }); stop.Set(); });");
        Client.Send("comm_open", new JsonObject { ["comm_id"] = "c1", ["target_name"] = "buttons", ["data"] = new JsonObject() });
        Assert.Equal("buttons", Client.Ask("comm_info_request", [])["comms"]!["c1"]!["target_name"]!.GetValue<string>());
        var id = Client.Start("Console.WriteLine(\"waits\"); stop.Wait(); \"stopped\"");
        Client.WaitFor("stream");
        Client.Send("comm_msg", new JsonObject { ["comm_id"] = "c1", ["data"] = new JsonObject { ["pressed"] = true } }, "shell", [1, 2, 3]);
        Assert.Equal(3, Client.WaitFor("comm_msg").Content["data"]!["bytes"]!.GetValue<int>());
        Assert.Equal("ok", Text(Client.Reply(id), "status"));
        Client.Send("comm_open", new JsonObject { ["comm_id"] = "c2", ["target_name"] = "unknown", ["data"] = new JsonObject() });
        Assert.Equal("c2", Text(Client.WaitFor("comm_close").Content, "comm_id"));
    }

    [Fact]
    public void A_loop_that_prints_loses_nothing()
    {
        var (_, published) = Client.Run("for (var i = 0; i < 20000; i++) Console.WriteLine(i);");
        Assert.Equal(string.Concat(Enumerable.Range(0, 20000).Select(i => $"{i}\n")), JupyterClient.Stream(published, "stdout"));
        Assert.True(published.Count < 1000, $"{published.Count} messages");
    }

    [Fact]
    public void An_unknown_request_is_passed_over()
    {
        var id = Client.Send("dance_request", []);
        Assert.Equal(["status", "status"], Client.Published(id).Select(message => message.Type));
    }

    private static string Text(JsonObject content, string name) => content[name]?.GetValue<string>() ?? "";

    private static int Count(JsonObject reply) => reply["execution_count"]!.GetValue<int>();

    private static string Result(IEnumerable<ClientMessage> published) =>
        published.Single(message => message.Type == "execute_result").Content["data"]!["text/plain"]!.GetValue<string>();

    private void Answer(string prompt, bool isPassword, string value)
    {
        var question = Client.Receive("stdin");
        Assert.Equal(("input_request", prompt, isPassword), (question.Type, Text(question.Content, "prompt"), question.Content["password"]!.GetValue<bool>()));
        Client.Send("input_reply", new JsonObject { ["value"] = value }, "stdin");
    }

    public sealed class Shared : IAsyncLifetime
    {
        internal KernelProcess Kernel { get; } = new();

        internal JupyterClient Client { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Client = await Kernel.ConnectAsync();

        public ValueTask DisposeAsync()
        {
            Client?.Dispose();
            Kernel.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
