using System.Runtime.InteropServices;
using BpfInteractive.Interop;
using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.RingBuffers;

/// <summary>A program that sends numbered events on demand, and the ring it sends them to.</summary>
internal sealed unsafe class Producer : IDisposable
{
    internal const uint NoWakeup = 1;
    internal const uint DiscardOdd = 1u << 16;
    internal const uint Size = 64;

    private const string Source = """
        struct event { __u64 number; __u32 pid; __u32 tid; char comm[16]; __u64 tripled; int ret; __u32 pad[5]; };
        BPFI_EVENT(event);
        BPFI_RING(events, RING_SIZE);
        struct args { __u64 first; __u32 count; __u32 flags; __u32 length; __u64 dropped; };
        struct state { __u64 first; __u32 flags; __u32 length; __u64 dropped; };

        static long send(__u32 index, struct state *s)
        {
            __u64 number = s->first + index;
            struct event *e = bpfi_ring_reserve(events, sizeof(*e));

            if (!e) {
                s->dropped++;
                return 0;
            }
            e->number = number;
            e->pid = number & 1023;
            e->tid = number & 8191;
            *(__u64 *)e->comm = 0x2d72656b726f77ULL;
            *(__u64 *)(e->comm + 8) = 0;
            e->comm[7] = '0' + (number & 7);
            e->tripled = number * 3;
            e->ret = -(int)(number & 63);
            for (int i = 0; i < 5; i++)
                e->pad[i] = i;
            if ((s->flags & (1 << 16)) && (number & 1))
                bpf_ringbuf_discard(e, s->flags & 3);
            else
                bpf_ringbuf_submit(e, s->flags & 3);
            return 0;
        }

        SEC("syscall") int produce(struct args *a)
        {
            struct state s = { .first = a->first, .flags = a->flags };

            bpf_loop(a->count, send, &s, 0);
            a->dropped = s.dropped;
            return 0;
        }

        /* One record of any length up to 64 bytes, filled with its own length. */
        SEC("syscall") int output(struct args *a)
        {
            char bytes[64];
            __u32 length = a->length;

            __builtin_memset(bytes, 0, sizeof(bytes));
            for (int i = 0; i < 64; i++)
                bytes[i] = length;
            if (length == 0 || length > 64)
                return 1;
            a->dropped = bpfi_ring_output(events, bytes, length) != 0;
            return 0;
        }
        """;

    private readonly Attributes _produce;

    internal Producer(int ringSize = 1 << 20)
    {
        Require.Root();
        var header = File.ReadAllText(Path.Combine(Machine.RepositoryRoot, "bpf/include/bpfi/ring.bpf.h"));
        Object = TestObjects.Open(header + Source.Replace("RING_SIZE", $"{ringSize}", StringComparison.Ordinal), "producer").Load();
        Ring = Object.RingBuffer("events", "event");
        _produce = default;
    }

    internal BpfObject Object { get; }

    internal RingBuffer Ring { get; }

    /// <summary>Sends events; gives how many did not fit.</summary>
    internal long Send(ulong first, uint count, uint flags = 0) => Run("produce", new Arguments { First = first, Count = count, Flags = flags });

    internal long Output(uint length) => Run("output", new Arguments { Length = length });

    public void Dispose() => Object.DisposeAsync().AsTask().Wait();

    private long Run(string program, Arguments arguments)
    {
        var run = _produce;
        run.ProgramFd = (uint)Object.Programs[program].Fd;
        run.ContextIn = (ulong)&arguments;
        run.ContextSizeIn = (uint)sizeof(Arguments);
        Errno.ThrowIfNegative(BpfSyscall.Call((BpfCommand)10, ref run), "run", program);
        Assert.Equal(0u, run.ReturnValue);
        return (long)arguments.Dropped;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        internal ulong First;
        internal uint Count;
        internal uint Flags;
        internal uint Length;
        internal ulong Dropped;
    }

    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct Attributes
    {
        [FieldOffset(0)] internal uint ProgramFd;
        [FieldOffset(4)] internal uint ReturnValue;
        [FieldOffset(40)] internal uint ContextSizeIn;
        [FieldOffset(48)] internal ulong ContextIn;
    }
}
