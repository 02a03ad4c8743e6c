using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BpfInteractive.Interop;
using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.RingBuffers;

public sealed class PerfBufferTests
{
    private const string Source = """
        struct event { __u64 number; char comm[16]; __u32 cpu; };
        BPFI_EVENT(event);
        struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } events SEC(".maps");
        SEC("raw_tp/sched_switch") int send(struct bpf_raw_tracepoint_args *ctx)
        {
            struct event e = { .number = ctx->args[0], .comm = "perf", .cpu = bpf_get_smp_processor_id() };
            return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e)) < 0;
        }
        """;

    [Fact]
    public void Records_come_whole_around_the_end_of_each_cpus_buffer()
    {
        using var producer = Load();
        var buffer = producer.PerfBuffer("events", "event", 1);
        for (var round = 0UL; round < 40; round++)
        {
            for (var number = 0UL; number < 30; number++)
            {
                Send(producer, (round * 30) + number, (int)(number % 2));
            }

            var columns = buffer.Drain();
            var numbers = columns.Values<ulong>("number").ToArray();
            var cpus = columns.Values<uint>("cpu").ToArray();
            Assert.Equal(30, columns.RowCount);
            Assert.True(columns.Losses.IsEmpty);
            Assert.All(Enumerable.Range(0, 30), row => Assert.Equal("perf", columns.Text("comm")[row]));
            for (var cpu = 0u; cpu < 2; cpu++)
            {
                var expected = Enumerable.Range(0, 30).Where(n => n % 2 == cpu).Select(n => (round * 30) + (ulong)n);
                Assert.Equal(expected, numbers.Where((_, row) => cpus[row] == cpu));
            }
        }
    }

    [Fact]
    public void Spans_and_columns_see_the_same()
    {
        using var producer = Load();
        var buffer = producer.PerfBuffer("events");
        Send(producer, 7, 0);
        Send(producer, 8, 0);
        var seen = new List<ulong>();
        Assert.Equal(1, buffer.Drain(record => seen.Add(BinaryPrimitives.ReadUInt64LittleEndian(record)), 1));
        Assert.Equal([7UL], seen);
        Assert.Equal([8UL], buffer.Drain().Values<ulong>("number").ToArray());
    }

    [Fact]
    public void What_the_kernel_lost_is_counted_by_cpu()
    {
        using var producer = Load();
        var buffer = producer.PerfBuffer("events", "event", 1);
        var failed = Enumerable.Range(0, 500).Sum(number => Send(producer, (ulong)number, 1));
        Assert.InRange(failed, 300, 499);
        var columns = buffer.Drain();

        // The kernel tells what it lost with the next sample that it can store.
        Assert.Equal(0, Send(producer, 1000, 1));
        var after = buffer.Drain();
        Assert.Equal(500 - failed, columns.RowCount);
        Assert.Equal(failed, columns.Losses["perf-lost"] + after.Losses["perf-lost"]);
        Assert.Equal([0, failed], after.Losses[0].PerCpu!);
        Assert.Equal(1000UL, after.Values<ulong>("number")[0]);
    }

    [Fact]
    public async Task A_waiting_reader_wakes_for_a_record_and_for_the_end()
    {
        using var producer = Load();
        var buffer = producer.PerfBuffer("events", "event");
        var reading = Task.Run(() => buffer.Read(_ => { }));
        await Task.Delay(50);
        Send(producer, 1, 1);
        Assert.Equal(1, await reading.WaitAsync(TimeSpan.FromSeconds(60)));

        var collecting = buffer.CollectAsync(TimeSpan.FromHours(1));
        await Task.Delay(50);
        await producer.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => collecting.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void A_wrong_map_or_size_is_refused()
    {
        using var producer = Load();
        Assert.Throws<ArgumentOutOfRangeException>(() => producer.PerfBuffer("events", "event", 3));
        Assert.Contains("not a ring buffer", Assert.Throws<ArgumentException>(() => producer.RingBuffer("events", "event")).Message, StringComparison.Ordinal);
    }

    private static BpfObject Load()
    {
        Require.Root();
        if (Environment.ProcessorCount < 2)
        {
            Require.Skip("needs two CPUs");
        }

        var header = File.ReadAllText(Path.Combine(Machine.RepositoryRoot, "bpf/include/bpfi/ring.bpf.h"));
        return TestObjects.Open(header + Source, "perf").Load();
    }

    /// <summary>Runs the program on a CPU; 1 when the event did not fit.</summary>
    private static unsafe int Send(BpfObject producer, ulong number, int cpu)
    {
        var run = new RunAttributes
        {
            ProgramFd = (uint)producer.Programs["send"].Fd,
            ContextSizeIn = sizeof(ulong),
            ContextIn = (ulong)&number,
            Flags = 1 /* BPF_F_TEST_RUN_ON_CPU */,
            Cpu = (uint)cpu,
        };
        Errno.ThrowIfNegative(BpfSyscall.Call((BpfCommand)10, ref run), "run", "send");
        return (int)run.ReturnValue;
    }

    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct RunAttributes
    {
        [FieldOffset(0)] internal uint ProgramFd;
        [FieldOffset(4)] internal uint ReturnValue;
        [FieldOffset(40)] internal uint ContextSizeIn;
        [FieldOffset(48)] internal ulong ContextIn;
        [FieldOffset(64)] internal uint Flags;
        [FieldOffset(68)] internal uint Cpu;
    }
}
