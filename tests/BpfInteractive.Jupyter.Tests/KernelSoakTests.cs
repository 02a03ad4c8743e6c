using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>A kernel through hundreds of cells: what it holds afterwards is what it held before, and its memory is nearly level.</summary>
[Leaks]
[Slow]
public sealed class KernelSoakTests
{
    private const int MostCells = 500;
    private const int WarmUpCells = 60;

    // The goal is 50 KiB. Of each piece of C# its assembly stays, 36 KiB, and 53 KiB more where it declares something, which the compiler keeps.
    private const int AllowedBytesPerCell = 64 << 10;
    private const int SteadyCells = 200; // of fewer cells the memory says nothing: a heap grows in steps

    private const string Program = "#!bpf --name calls\nu64 count;\nSEC(\"raw_tp/sys_enter\") int on_call(void *ctx)\n{\n    __sync_fetch_and_add(&count, 1);\n    return 0;\n}";
    private const string Settle = "for (var i = 0; i < 3; i++) { GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, true, true); GC.WaitForPendingFinalizers(); }";

    [Fact]
    public async Task Cells_that_run_again_fail_and_are_interrupted_leave_nothing()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to load BPF programs");
        var cells = Math.Min(MostCells, int.Parse(Environment.GetEnvironmentVariable("BPFI_LEAK_ROUNDS") ?? "50", CultureInfo.InvariantCulture));
        using var kernel = new KernelProcess();
        using var client = await kernel.ConnectAsync();
        for (var cell = 0; cell < WarmUpCells; cell++)
        {
            RunCell(client, cell);
        }

        // Completion is loaded when the kernel has nothing to do, or when somebody asks: here before the memory is looked at.
        client.Ask("complete_request", new JsonObject { ["code"] = "Console.", ["cursor_pos"] = 8 });
        var (before, memoryBefore) = await SettleAsync(kernel, client, null);
        for (var cell = 0; cell < cells; cell++)
        {
            RunCell(client, cell);
        }

        var (after, memoryAfter) = await SettleAsync(kernel, client, before);
        var perCell = (memoryAfter - memoryBefore) / cells;
        Report($"before {cells} cells of a kernel\n{before}\n  memory: {memoryBefore >> 10:N0} KiB\nafter\n{after}\n  memory: {memoryAfter >> 10:N0} KiB, {perCell:N0} bytes a cell\n");
        Assert.Equal(before, after);
        Assert.Contains("bpf-prog", before, StringComparison.Ordinal); // else the counts say nothing
        Assert.True(cells < SteadyCells || perCell < AllowedBytesPerCell, $"{perCell:N0} bytes a cell: {memoryBefore:N0} before, {memoryAfter:N0} after {cells} cells");
    }

    /// <summary>Of 50 cells 20 run a BPF cell again, half of those with another text, 5 fail, 2 are interrupted, the rest are plain.</summary>
    private static void RunCell(JupyterClient client, int cell)
    {
        switch (cell % 50)
        {
            case < 10:
                Expect(client, "ok", Program);
                break;
            case < 20:
                Expect(client, "ok", $"{Program}\n// {cell}");
                break;
            case < 25:
                Expect(client, "error", cell % 2 == 0 ? "throw new FormatException(\"odd\");" : Program.Replace("return", "retrun", StringComparison.Ordinal));
                break;
            case < 27:
                var id = client.Start("Console.WriteLine(\"runs\"); while (true) { }");
                client.WaitFor("stream");
                client.Ask("interrupt_request", [], "control");
                Assert.Equal("error", client.Reply(id)["status"]!.GetValue<string>());
                break;
            default:
                Expect(client, "ok", $"var value = {cell}; Console.WriteLine(value); value + 1");
                break;
        }
    }

    private static void Expect(JupyterClient client, string status, string code)
    {
        var (reply, _) = client.Run(code);
        Assert.True(reply["status"]!.GetValue<string>() == status, reply.ToJsonString());
    }

    /// <summary>What the kernel holds by kind, and its resident bytes. What is freed in the background is waited for.</summary>
    private static async Task<(string Held, long Bytes)> SettleAsync(KernelProcess kernel, JupyterClient client, string? expected)
    {
        Expect(client, "ok", Program);
        Expect(client, "ok", Settle);
        var watch = Stopwatch.StartNew();
        var held = HeldBy(kernel.Process.Pid);
        var last = "";
        while (watch.Elapsed < TimeSpan.FromSeconds(30) && (expected is null ? held != last || watch.Elapsed < TimeSpan.FromSeconds(3) : held != expected))
        {
            await Task.Delay(500);
            (last, held) = (held, HeldBy(kernel.Process.Pid));
        }

        var resident = File.ReadLines($"/proc/{kernel.Process.Pid}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return (held, long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10);
    }

    /// <summary>The descriptors of a process by what they are of: programs, maps, links, sockets, pipes, files.</summary>
    private static string HeldBy(int pid)
    {
        var kinds = new List<string>();
        foreach (var descriptor in Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd"))
        {
            try
            {
                var target = new FileInfo(descriptor).LinkTarget ?? "gone";
                if (Path.GetExtension(target) is ".dll" or ".pdb")
                {
                    continue; // assemblies are loaded when something first needs them, and stay
                }

                kinds.Add(target.StartsWith('/') ? "file" : target.Split(':', 2) is [var kind, var rest] && kind == "anon_inode" ? rest : target.Split(':')[0]);
            }
            catch (IOException)
            {
                // Closed meanwhile.
            }
        }

        return string.Join('\n', kinds.GroupBy(kind => kind).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"  {group.Key}: {group.Count()}"));
    }

    private static void Report(string text)
    {
        if (Environment.GetEnvironmentVariable("BPFI_LEAK_REPORT") is { Length: > 0 } path)
        {
            File.AppendAllText(path, text);
        }
    }
}
