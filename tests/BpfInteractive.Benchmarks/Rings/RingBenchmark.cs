using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive.Benchmarks.Rings;

/// <summary>Drains a ring of 64-byte records: ours beside libbpf's callback in C, cold (a full 64 MiB ring) and hot (records still in the cache).</summary>
internal sealed class RingBenchmark : IBenchmark
{
    private const uint Cold = 900_000;
    private const uint Hot = 10_000;

    public string Name => "ring";

    public Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken) => Task.Run<IReadOnlyList<Comparison>>(() => Run(cancellationToken), cancellationToken);

    private static List<Comparison> Run(CancellationToken token)
    {
        using var producer = OpenBpfObject.Open(Compile("ring_producer"), "ring_producer").Load();
        var ring = producer.RingBuffer("events", "columns");
        var peer = new RingPeer(ring.Map.Fd);
        var run = new Readers(ring, peer, producer.Programs["fill"].Fd);
        var rows = new List<Comparison>();
        foreach (var (label, count, rounds) in new[] { ("cold", Cold, 9), ("hot", Hot, 201) })
        {
            token.ThrowIfCancellationRequested();
            rows.Add(run.Compare($"drain a ring, sum, span sink ({label})", count, rounds, run.SumBySink, run.PeerSum, 1.15, 1.03));
            rows.Add(run.Compare($"drain a ring, sum, delegate ({label})", count, rounds, run.SumByDelegate, run.PeerSum, double.NaN, double.NaN));
            rows.Add(run.Compare($"drain a ring into 6 columns ({label})", count, rounds, run.IntoColumns, run.PeerColumns, 1.3, 1.05));
        }

        rows.Add(Comparison.Alone("managed bytes a drained event", run.BytesPerEvent(), "bytes", 0, 0));
        return rows;
    }

    private static byte[] Compile(string name)
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-bench-");
        try
        {
            var output = Path.Combine(folder.FullName, "out.o");
            NativePeer.Run(
                "clang-19",
                ["-g", "-O2", "-target", "bpf", "-idirafter", "/usr/include/x86_64-linux-gnu", "-c", Path.Combine(AppContext.BaseDirectory, "native", name + ".bpf.c"), "-o", output]);
            return File.ReadAllBytes(output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class Readers(RingBuffer ring, RingPeer peer, int program)
    {
        private readonly RecordDecoder _decoder = ring.CreateDecoder();
        private ulong _sum;

        internal (long Count, ulong Sum) PeerSum() => peer.DrainSum();

        internal (long Count, ulong Sum) PeerColumns() => (peer.DrainColumns(), 0);

        internal (long Count, ulong Sum) SumBySink()
        {
            var sink = new SumSink();
            var count = ring.Drain(ref sink);
            return (count, sink.Sum);
        }

        internal (long Count, ulong Sum) SumByDelegate()
        {
            _sum = 0;
            var count = ring.Drain(record => _sum += MemoryMarshal.Read<ulong>(record[32..]));
            return (count, _sum);
        }

        internal (long Count, ulong Sum) IntoColumns()
        {
            _decoder.Clear();
            return (ring.Drain(_decoder), 0);
        }

        internal Comparison Compare(
            string what, uint count, int rounds, Func<(long Count, ulong Sum)> ours, Func<(long Count, ulong Sum)> theirs, double must, double aim)
        {
            var times = new List<(double Ours, double Peer)>();
            for (var round = -Math.Max(3, rounds / 4); round < rounds; round++)
            {
                var time = (Once(count, ours), Once(count, theirs));
                if (round >= 0)
                {
                    times.Add(time);
                }
            }

            return new Comparison(what, "C, libbpf callback", Measure.Median(times.Select(t => t.Ours)), Measure.Median(times.Select(t => t.Peer)), "ns/event", must, aim);
        }

        internal double BytesPerEvent()
        {
            IntoColumns();
            var bytes = 0L;
            for (var round = 0; round < 10; round++)
            {
                peer.Fill(program, Hot);
                _decoder.Clear();
                var before = GC.GetAllocatedBytesForCurrentThread();
                ring.Drain(_decoder);
                bytes += GC.GetAllocatedBytesForCurrentThread() - before;
            }

            return bytes / 10.0 / Hot;
        }

        private double Once(uint count, Func<(long Count, ulong Sum)> drain)
        {
            peer.Fill(program, count);
            var start = Stopwatch.GetTimestamp();
            var (read, sum) = drain();
            var time = Stopwatch.GetElapsedTime(start);
            if (read != count || (sum != 0 && sum != 3UL * count * (count - 1) / 2))
            {
                throw new InvalidOperationException($"{drain.Method.Name} read {read} of {count} events, sum {sum}; {ring.WaitingBytes} bytes wait");
            }

            return time.TotalNanoseconds / count;
        }
    }

    private struct SumSink : IRecordSink
    {
        internal ulong Sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void OnRecord(ReadOnlySpan<byte> record) => Sum += MemoryMarshal.Read<ulong>(record[32..]);
    }
}
