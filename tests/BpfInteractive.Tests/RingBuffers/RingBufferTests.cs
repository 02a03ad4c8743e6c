using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace BpfInteractive.Tests.RingBuffers;

public sealed class RingBufferTests
{
    [Fact]
    public void Records_come_in_order_and_whole_around_the_end_of_the_ring()
    {
        using var producer = new Producer(4096);
        ulong next = 0;
        for (var round = 0; round < 100; round++)
        {
            Assert.Equal(0, producer.Send(next, 37));
            var count = producer.Ring.Drain(record =>
            {
                Assert.Equal((int)Producer.Size, record.Length);
                Assert.Equal(next++, BinaryPrimitives.ReadUInt64LittleEndian(record));
                Assert.Equal(4u, BinaryPrimitives.ReadUInt32LittleEndian(record[60..]));
            });
            Assert.Equal(37, count);
        }

        Assert.Equal(0, producer.Ring.WaitingBytes);
        Assert.Equal(0, producer.Ring.Drain(_ => { }));
    }

    [Fact]
    public void Records_of_every_length_keep_their_length()
    {
        using var producer = new Producer(4096);
        for (var length = 1u; length <= 64; length++)
        {
            Assert.Equal(0, producer.Output(length));
            producer.Ring.Drain(record =>
            {
                Assert.Equal((int)length, record.Length);
                Assert.Equal(-1, record.IndexOfAnyExcept((byte)length));
            });
        }
    }

    [Fact]
    public void Columns_come_straight_from_the_type()
    {
        using var producer = new Producer();
        producer.Send(1, 3000);
        var columns = producer.Ring.Drain();
        Assert.Equal(["number", "pid", "tid", "comm", "tripled", "ret", "pad"], columns.Select(column => column.Name));
        Assert.Equal(3000, columns.RowCount);
        for (var row = 0; row < 3000; row++)
        {
            var number = (ulong)row + 1;
            Assert.Equal(number, columns.Values<ulong>("number")[row]);
            Assert.Equal((uint)(number & 1023), columns.Values<uint>("pid")[row]);
            Assert.Equal($"worker-{number & 7}", columns.Text("comm")[row]);
            Assert.Equal(number * 3, columns.Values<ulong>("tripled")[row]);
            Assert.Equal(-(int)(number & 63), columns.Values<int>("ret")[row]);
            Assert.Equal([0u, 1u, 2u, 3u, 4u], columns.List("pad").Values<uint>(row));
        }

        Assert.True(columns.Losses.IsEmpty);
        Assert.Equal(0, producer.Ring.Drain().RowCount);
    }

    [Fact]
    public void Discarded_records_are_skipped_by_both_ways_of_reading()
    {
        using var producer = new Producer();
        producer.Send(0, 1000, Producer.DiscardOdd);
        var numbers = new List<ulong>();
        Assert.Equal(500, producer.Ring.Drain(record => numbers.Add(BinaryPrimitives.ReadUInt64LittleEndian(record))));
        Assert.Equal(Enumerable.Range(0, 500).Select(n => (ulong)n * 2), numbers);

        producer.Send(0, 1000, Producer.DiscardOdd);
        Assert.Equal(numbers, producer.Ring.Drain().Values<ulong>("number").ToArray());
        producer.Send(1, 1, Producer.DiscardOdd);
        Assert.Equal(0, producer.Ring.Drain().RowCount);
        Assert.Equal(0, producer.Ring.WaitingBytes);
    }

    [Fact]
    public void What_a_full_ring_drops_is_counted_per_cpu_and_told_once()
    {
        using var producer = new Producer(4096);
        Assert.True(producer.Ring.CountsDrops);
        var dropped = producer.Send(0, 1000);
        Assert.InRange(dropped, 1000 - (4096 / 72), 999);
        var columns = producer.Ring.Drain();
        Assert.Equal(1000, columns.RowCount + columns.Losses["ring-full"]);
        Assert.Equal(dropped, columns.Losses["ring-full"]);
        Assert.Equal(dropped, columns.Losses[0].PerCpu!.Sum());
        Assert.Contains("ring buffer 'events' was full", columns.ToString(), StringComparison.Ordinal);
        Assert.True(producer.Ring.Drain().Losses.IsEmpty);
    }

    [Fact]
    public void Libbpf_s_reader_gives_the_same_records_in_the_same_order()
    {
        using var producer = new Producer(1 << 16);
        var random = new Random(3);
        for (var round = 0; round < 50; round++)
        {
            var (first, count) = ((ulong)random.NextInt64(), (uint)random.Next(1, 400));
            var lengths = Enumerable.Range(0, random.Next(20)).Select(_ => (uint)random.Next(1, 65)).ToList();
            void Send()
            {
                producer.Send(first, count, round % 2 == 0 ? 0 : Producer.DiscardOdd);
                lengths.ForEach(length => Assert.Equal(0, producer.Output(length)));
            }

            Send();
            var ours = new List<byte[]>();
            producer.Ring.Drain(record => ours.Add(record.ToArray()));
            Send();
            var theirs = LibBpfRing.Drain(producer.Ring.Map);
            Assert.Equal(theirs, ours);
        }
    }

    [Fact]
    public void Short_records_among_whole_ones_keep_their_place_and_are_counted()
    {
        using var producer = new Producer();
        producer.Send(1, 3);
        producer.Output(20);
        producer.Send(4, 2, Producer.DiscardOdd);
        producer.Output(64);
        var columns = producer.Ring.Drain();
        Assert.Equal([1UL, 2, 3, 0x1414141414141414, 4, 0x4040404040404040], columns.Values<ulong>("number").ToArray());
        Assert.Equal([false, false, false, true, false, false], Enumerable.Range(0, 6).Select(row => columns["comm"].IsNull(row)));
        Assert.False(columns["tid"].IsNull(3));
        Assert.Equal(1, columns.Losses["short-records"]);
    }

    [Fact]
    public void Records_come_as_a_struct_that_fits_and_no_other()
    {
        using var producer = new Producer();
        producer.Send(5, 2);
        var seen = new List<(ulong, uint, int)>();
        Assert.Equal(2, producer.Ring.Drain((ref readonly Event e) => seen.Add((e.Number, e.Pid, e.Ret))));
        Assert.Equal([(5UL, 5u, -5), (6UL, 6u, -6)], seen);
        var error = Assert.Throws<BtfLayoutException>(() => producer.Ring.Drain((ref readonly WrongEvent e) => { }));
        Assert.Contains("tid", error.Message, StringComparison.OrdinalIgnoreCase);
        producer.Output(8);
        Assert.Throws<BpfException>(() => producer.Ring.Drain((ref readonly Event e) => { }));
    }

    [Fact]
    public void At_most_as_many_as_asked_for_are_read()
    {
        using var producer = new Producer();
        producer.Send(0, 2000);
        Assert.Equal(700, producer.Ring.Drain(_ => { }, 700));
        var decoder = producer.Ring.CreateDecoder();
        Assert.Equal(600, producer.Ring.Drain(decoder, 600));
        Assert.Equal(700UL, decoder.ToColumns().Values<ulong>("number")[0]);
        Assert.Equal(700, producer.Ring.Drain(_ => { }));
    }

    [Fact]
    public void A_handler_that_throws_loses_its_record_only()
    {
        using var producer = new Producer();
        producer.Send(0, 10);
        Assert.Throws<TimeoutException>(() => producer.Ring.Drain(record =>
        {
            if (record[0] == 3)
            {
                throw new TimeoutException();
            }
        }));
        var columns = producer.Ring.Drain();
        Assert.Equal([4, 5, 6, 7, 8, 9], columns.Values<ulong>("number").ToArray());
    }

    [Fact]
    public void A_second_reader_is_refused_and_told_who_reads()
    {
        using var producer = new Producer();
        producer.Send(0, 1);
        var other = producer.Object.RingBuffer("events", "event");
        var error = Assert.Throws<InvalidOperationException>(() => producer.Ring.Drain(_ => other.Drain(_ => { })));
        Assert.Contains("'events' is being read by Drain", error.Message, StringComparison.Ordinal);
        producer.Send(0, 1);
        Assert.Equal(1, other.Drain(_ => { }));
    }

    [Fact]
    public void Draining_into_columns_and_sinks_allocates_nothing_per_event()
    {
        using var producer = new Producer();
        var decoder = producer.Ring.CreateDecoder();
        var sum = new SumSink();
        var total = 0L;
        void Fill()
        {
            producer.Send(0, 5000);
            decoder.Clear();
        }

        Assert.Equal(0, Allocations.Least(() => total += producer.Ring.Drain(decoder), Fill));
        Assert.Equal(0, Allocations.Least(() => total += producer.Ring.Drain(ref sum), Fill));
        Assert.Equal(100_000, total);
        Assert.Equal(10UL * 3 * 5000 * 4999 / 2, sum.Sum);
    }

    [Fact]
    public void A_wrong_name_says_what_there_is()
    {
        using var producer = new Producer();
        Assert.Contains("events", Assert.Throws<ArgumentException>(() => producer.Object.RingBuffer("event", "event")).Message, StringComparison.Ordinal);
        var error = Assert.Throws<ArgumentException>(() => producer.Object.RingBuffer("events", "evnt"));
        Assert.Contains("event", error.Message, StringComparison.Ordinal);
        Assert.Contains("BPFI_EVENT(evnt)", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => producer.Object.RingBuffer("events_drops", "event"));
        Assert.Contains("not a ring buffer", error.Message, StringComparison.Ordinal);
    }

#pragma warning disable CS0649 // the kernel assigns them
    [InlineArray(16)]
    private struct Comm
    {
        internal byte First;
    }

    [InlineArray(5)]
    private struct Pad
    {
        internal uint First;
    }

    private struct Event
    {
        internal ulong Number;
        internal uint Pid;
        internal uint Tid;
        internal Comm Comm;
        internal ulong Tripled;
        internal int Ret;
        internal Pad Pad;
    }

    private struct WrongEvent
    {
        internal ulong Number;
        internal uint Tid;
        internal uint Pid;
        internal Comm Comm;
        internal ulong Tripled;
        internal int Ret;
        internal Pad Pad;
    }
#pragma warning restore CS0649

    private struct SumSink : IRecordSink
    {
        internal ulong Sum;

        public void OnRecord(ReadOnlySpan<byte> record) => Sum += BinaryPrimitives.ReadUInt64LittleEndian(record[32..]);
    }
}
