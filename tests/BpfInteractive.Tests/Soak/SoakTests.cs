using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive.Tests.Soak;

/// <summary>
/// Loads, attaches, reads and disposes again and again: what this process holds afterwards is what it held before, and its memory is level.
/// <c>scripts/test --leaks</c> runs 1,000 rounds and prints both.
/// </summary>
[Collection(Alone.Name)]
[Leaks]
[Slow]
public sealed class SoakTests
{
    private const int WarmUpRounds = 100;

    private static readonly int GetPid = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 172 : 39;

    // Memory that a round keeps adds up; what the allocators keep once does not. 1,000 rounds that lose 16 KiB each are over this.
    private const long AllowedGrowthBytes = 16 << 20;

    private const string Source = """
        struct event { u32 pid; char comm[16]; };
        BPFI_RING(events, 1 << 16);
        struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, u32); __type(value, u64); __uint(max_entries, 4096); } counts SEC(".maps");
        const volatile u32 only_pid = 0;
        u64 seen = 0;

        SEC("tracepoint/syscalls/sys_enter_getpid")
        int on_getpid(void *ctx)
        {
            u32 pid = bpf_get_current_pid_tgid() >> 32;
            u64 one = 1;

            if (only_pid && pid != only_pid)
                return 0;
            __sync_fetch_and_add(&seen, 1);
            bpf_map_update_elem(&counts, &pid, &one, BPF_ANY);
            struct event *e = bpfi_ring_reserve(events, sizeof(*e));
            if (!e)
                return 0;
            e->pid = pid;
            bpf_get_current_comm(e->comm, sizeof(e->comm));
            bpf_ringbuf_submit(e, 0);
            return 0;
        }

        SEC("raw_tp/sched_process_exit")
        int on_exit(void *ctx)
        {
            return 0;
        }
        """;

    [Fact]
    public async Task Rounds_of_load_attach_read_and_dispose_leave_nothing()
    {
        Require.Root();
        Require.Feature("clang");
        Require.Feature("tracefs");
        var rounds = int.Parse(Environment.GetEnvironmentVariable("BPFI_LEAK_ROUNDS") ?? "50", CultureInfo.InvariantCulture);
        var compiled = await BpfCompiler.CompileAsync(Source, cancellationToken: TestContext.Current.CancellationToken);
        for (var round = 0; round < WarmUpRounds; round++)
        {
            await RoundAsync(compiled);
        }

        var (before, memoryBefore) = Settle();
        for (var round = 0; round < rounds; round++)
        {
            await RoundAsync(compiled);
        }

        await Leaks.AssertSameAsync(before);
        var (after, memoryAfter) = Settle();
        Report(rounds, before, memoryBefore, after, memoryAfter);
        Assert.True(memoryAfter.Resident - memoryBefore.Resident < AllowedGrowthBytes, $"{memoryBefore} before, {memoryAfter} after {rounds} rounds");
    }

    private static async Task RoundAsync(CompiledObject compiled)
    {
        using var open = OpenBpfObject.Open(compiled.Object, "soak");
        await using var loaded = await open.LoadAsync(TestContext.Current.CancellationToken);
        loaded.Attach();
        Assert.NotEmpty(Leaks.Snapshot().Ids); // else the count at the end says nothing
        _ = Libc.syscall(GetPid, 0, 0, 0, 0, 0, 0);
        Assert.Contains((uint)Environment.ProcessId, loaded.RingBuffer("events", "event").Drain().Values<uint>("pid").ToArray());
        Assert.True(loaded.Maps["counts"].ToColumns().RowCount > 0);
    }

    // Only here, between the counts and never inside them, may finalizers run: they would hide what was not disposed.
    private static (Leaks Held, Memory Memory) Settle()
    {
        var held = Leaks.Snapshot();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // gives freed memory back to the system: what stays is held
        return (held, new Memory(Environment.WorkingSet, GC.GetTotalMemory(forceFullCollection: true)));
    }

    private static void Report(int rounds, Leaks before, Memory memoryBefore, Leaks after, Memory memoryAfter)
    {
        if (Environment.GetEnvironmentVariable("BPFI_LEAK_REPORT") is not { Length: > 0 } path)
        {
            return;
        }

        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"before {rounds} rounds of load, attach, read, dispose").AppendLine($"{before}").AppendLine($"  {memoryBefore}")
            .AppendLine("after").AppendLine($"{after}").AppendLine($"  {memoryAfter}")
            .AppendLine(Leaks.Same(before, after) ? "equal" : "NOT EQUAL");
        File.AppendAllText(path, text.ToString());
    }

    private readonly record struct Memory(long Resident, long Managed)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"memory: {Resident >> 10:N0} KiB resident, {Managed >> 10:N0} KiB managed");
    }
}
