using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>What the kernel does not take, and that it goes on nevertheless.</summary>
[Slow]
public sealed class SafetyTests
{
    [Fact]
    public async Task Forged_replayed_and_broken_messages_are_refused_and_told_once()
    {
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        var (_, good) = client.Compose("execute_request", new JsonObject { ["code"] = "var runs = 1;" });
        client["shell"].Send(good);
        client.Receive("shell");
        for (var i = 0; i < 3; i++)
        {
            client["shell"].Send(good);
            client["shell"].Send(["<IDS|MSG>"u8.ToArray(), Encoding.ASCII.GetBytes(new string('0', 64)), .. good[2..]]);
            client["shell"].Send(["<IDS|MSG>"u8.ToArray(), [], .. good[2..]]);
            client["shell"].Send(good[..4]);
            client["shell"].Send([[1, 2, 3]]);
            client["shell"].Send(Signed(client, "[]", "{}"));
            client["shell"].Send(Signed(client, "{\"msg_type\":7,\"msg_id\":\"x\"}", "{}"));
        }

        Assert.Equal("2", client.Run("runs + 1").Published.Single(message => message.Type == "execute_result").Content["data"]!["text/plain"]!.GetValue<string>());
        await EndAsync(kernel, client);
        var told = kernel.Process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(8, told.Length);
        Assert.Single(told, "bpfi: refused on shell: a message with a wrong signature (told once)");
        Assert.Single(told, "bpfi: refused on shell: a message with a wrong signature: 6 times in all");
        Assert.Single(told, "bpfi: refused on shell: a message that was sent before (told once)");
        Assert.Single(told, "bpfi: refused on shell: a message with too few frames (told once)");
        Assert.Single(told, "bpfi: refused on shell: a signed message that is not what the protocol says (told once)");
    }

    [Fact]
    public async Task Connections_that_break_the_protocol_are_closed()
    {
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        var random = new Random(5);
        foreach (var channel in new[] { "shell", "iopub", "stdin", "control", "hb" })
        {
            using var noise = ZmtpClient.Open(kernel.EndOf(channel));
            var bytes = new byte[4096];
            random.NextBytes(bytes);
            noise.Write(bytes);
            Assert.True(noise.IsClosedByKernel());

            using var wrongType = Shake(kernel, channel, "PUSH");
            Assert.True(wrongType.IsClosedByKernel());

            using var wrongFlags = ZmtpClient.Connect(kernel.EndOf(channel), TypeFor(channel));
            wrongFlags.Write(0xF0, 1, 2);
            Assert.True(wrongFlags.IsClosedByKernel());

            using var huge = ZmtpClient.Connect(kernel.EndOf(channel), TypeFor(channel));
            huge.Write(2, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
            Assert.True(huge.IsClosedByKernel());

            using var cutShort = ZmtpClient.Connect(kernel.EndOf(channel), TypeFor(channel));
            cutShort.Write(0, 200, 1, 2, 3);
        }

        Assert.Equal("ok", client.Run("1").Reply["status"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("key", "", "no key")]
    [InlineData("signature_scheme", "hmac-md5", "hmac-md5")]
    [InlineData("ip", "0.0.0.0", "loopback")]
    [InlineData("transport", "udp", "udp")]
    public async Task An_unsafe_connection_file_is_refused(string name, string value, string expected)
    {
        using var kernel = new KernelProcess(change: file => file[name] = value);
        Assert.Equal(1, await kernel.Process.WaitForExitAsync());
        Assert.Contains(expected, kernel.Process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_file_that_others_can_read_is_refused()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("open.json", "{}");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var (status, _, errors) = await TestProcess.RunAsync(KernelProcess.Tool, ["jupyter", "kernel", file]);
        Assert.Equal(1, status);
        Assert.Contains("chmod 600", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_Unix_sockets_nothing_listens_on_the_network_and_nobody_else_can_connect()
    {
        using var kernel = new KernelProcess("ipc");
        using var client = await kernel.ConnectAsync();
        Assert.Equal("ok", client.Run("1").Reply["status"]!.GetValue<string>());
        Assert.All(Directory.GetFiles(kernel.Folder, "kernel-ipc-*"), path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        var inodes = Inodes(kernel.Process.Pid);
        Assert.NotEmpty(inodes);
        Assert.DoesNotContain(File.ReadLines("/proc/net/tcp"), line => inodes.Any(inode => line.Contains($" {inode} ", StringComparison.Ordinal)));
        await EndAsync(kernel, client);
        Assert.Empty(Directory.GetFiles(kernel.Folder, "kernel-ipc-*"));
    }

    [Fact]
    public async Task Sockets_in_a_folder_that_others_enter_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        using var kernel = new KernelProcess("ipc", file => file["ip"] = folder["k"]);
        Assert.Equal(1, await kernel.Process.WaitForExitAsync());
        Assert.Contains("chmod 700", kernel.Process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_user_of_the_machine_cannot_listen()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to be another user");
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        var port = ((System.Net.IPEndPoint)kernel.EndOf("iopub")).Port;
        var (_, output, _) = await TestProcess.RunAsync("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 | wc -c"]);
        Assert.Equal("0", output.Trim());
        Assert.Equal("ok", client.Run("1").Reply["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_kernel_ends_with_the_Jupyter_that_started_it()
    {
        using var parent = TestProcess.Start("sleep", "600");
        using var kernel = new KernelProcess(environment: info => info.Environment["JPY_PARENT_PID"] = $"{parent.Pid}");
        using var client = await kernel.ConnectAsync();
        client.Ask("kernel_info_request", []);
        Assert.False(kernel.Process.HasExited);
        parent.Signal(9);
        Assert.Equal(0, await kernel.Process.WaitForExitAsync());
    }

    [Fact]
    public async Task A_shutdown_is_answered_told_to_all_and_ends_the_process_though_a_cell_runs()
    {
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        client.Start("Console.WriteLine(\"runs\"); while (true) { }");
        client.WaitFor("stream");
        var reply = client.Ask("shutdown_request", new JsonObject { ["restart"] = true }, "control");
        Assert.True(reply["restart"]!.GetValue<bool>());
        client.WaitFor("shutdown_reply");
        Assert.Equal(0, await kernel.Process.WaitForExitAsync());
    }

    [Fact]
    public async Task A_killed_kernel_leaves_nothing_attached()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to attach");
        var name = $"left_{Environment.ProcessId}"[..Math.Min(14, $"left_{Environment.ProcessId}".Length)];
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        var (reply, published) = client.Run($"#!bpf --name left\nint runs;\nSEC(\"raw_tp/sys_enter\") int {name}(void *ctx)\n{{\n    __sync_fetch_and_add(&runs, 1);\n    return 0;\n}}");
        Assert.True(reply["status"]!.GetValue<string>() == "ok", string.Join('\n', published.Select(message => message.Content.ToJsonString())));
        Assert.Contains(name, await ProgramsAsync(), StringComparison.Ordinal);
        kernel.Process.Signal(9);
        await kernel.Process.WaitForExitAsync();
        var watch = Stopwatch.StartNew();
        while ((await ProgramsAsync()).Contains(name, StringComparison.Ordinal) && watch.Elapsed < TimeSpan.FromMinutes(1))
        {
            await Task.Delay(100); // The kernel frees programs after a grace period of RCU.
        }

        Assert.DoesNotContain(name, await ProgramsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_history_is_on_disk_for_its_owner_alone_and_outlives_the_kernel()
    {
        using var folder = new TemporaryFolder();
        Action<ProcessStartInfo> data = info => info.Environment["XDG_DATA_HOME"] = folder.FullName;
        using (var kernel = new KernelProcess(environment: data))
        using (var client = await kernel.ConnectAsync())
        {
            client.Run("40 + 2");
            await EndAsync(kernel, client);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["bpfi/history.jsonl"]));
        File.AppendAllText(folder["bpfi/history.jsonl"], "{ cut sho\n");
        using var second = new KernelProcess(environment: data);
        using var again = await second.ConnectAsync();
        var entry = again.Ask("history_request", new JsonObject { ["hist_access_type"] = "range", ["session"] = -1, ["start"] = 1, ["output"] = true })["history"]![0]!;
        Assert.Equal("""[1,1,["40 \u002B 2","42"]]""", entry.ToJsonString());
    }

    private static byte[][] Signed(JupyterClient client, string header, string content)
    {
        byte[][] parts = [Encoding.UTF8.GetBytes(header), [.. "{}"u8], [.. "{}"u8], Encoding.UTF8.GetBytes(content + new string(' ', Random.Shared.Next(1, 100000)))];
        return [[.. "<IDS|MSG>"u8], client.Sign(parts), .. parts];
    }

    private static string TypeFor(string channel) => channel switch
    {
        "iopub" => "SUB",
        "hb" => "REQ",
        _ => "DEALER",
    };

    /// <summary>A handshake that names any type and does not wait for its end.</summary>
    private static ZmtpClient Shake(KernelProcess kernel, string channel, string type)
    {
        var client = ZmtpClient.Open(kernel.EndOf(channel));
        client.Write([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0, .. "NULL"u8, .. new byte[48]]);
        client.WriteFrame(4, [5, .. "READY"u8, 11, .. "Socket-Type"u8, 0, 0, 0, (byte)type.Length, .. Encoding.ASCII.GetBytes(type)]);
        return client;
    }

    private static async Task EndAsync(KernelProcess kernel, JupyterClient client)
    {
        client.Ask("shutdown_request", [], "control");
        Assert.Equal(0, await kernel.Process.WaitForExitAsync());
    }

    private static List<string> Inodes(int pid) =>
        [.. Directory.GetFiles($"/proc/{pid}/fd").Select(path => new FileInfo(path).LinkTarget ?? "").Where(target => target.StartsWith("socket:[", StringComparison.Ordinal)).Select(target => target[8..^1])];

    private static async Task<string> ProgramsAsync()
    {
        // Each program of the kernel has a name in its symbols: bpf_prog_TAG_NAME.
        await Task.Yield();
        return string.Join('\n', File.ReadLines("/proc/kallsyms").Where(line => line.Contains("bpf_prog_", StringComparison.Ordinal)));
    }
}
