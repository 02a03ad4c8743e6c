using System.Buffers.Binary;
using BpfInteractive.Interop;
using BpfInteractive.Tests.Btf;

namespace BpfInteractive.Tests.RingBuffers;

/// <summary>The reader over a ring of our own making, in a file in memory: headers that a kernel shows for a moment only, or never.</summary>
public sealed unsafe class RingReaderTests
{
    private const uint Busy = 1u << 31;
    private const uint Discard = 1u << 30;

    [Fact]
    public void Reading_stops_before_an_unfinished_record_and_goes_on_when_it_is_finished()
    {
        using var ring = new MemoryRing();
        ring.Put(8, 1);
        ring.Put(8 | Discard, 2);
        var unfinished = ring.Put(8 | Busy, 3);
        ring.Put(8, 4);
        foreach (var read in new Func<List<ulong>>[] { ring.Spans, ring.Rows })
        {
            ring.Rewind();
            *unfinished = 8 | Busy;
            Assert.Equal([1UL], read());
            Assert.Empty(read());
            *unfinished = 8;
            Assert.Equal([3UL, 4UL], read());
            Assert.Equal(0UL, ring.Mapping.Waiting);
        }
    }

    [Fact]
    public void A_length_beyond_the_ring_is_an_error_and_no_read_outside()
    {
        using var ring = new MemoryRing();
        ring.Put(8, 1);
        ring.Put(MemoryRing.Size + 8, 2);
        foreach (var read in new Func<List<ulong>>[] { ring.Spans, ring.Rows })
        {
            ring.Rewind();
            var error = Assert.Throws<BpfException>(() =>
            {
                read();
                read();
            });
            Assert.Contains("more than the ring", error.Message, StringComparison.Ordinal);
        }
    }

    private sealed class MemoryRing : IDisposable
    {
        internal const uint Size = 4096;
        private readonly FileDescriptor _file = new(Libc.memfd_create("bpfi-test-ring", Libc.MFD_CLOEXEC));
        private readonly byte* _writable;
        private readonly nuint _length = (nuint)(2 * Environment.SystemPageSize) + (2 * Size);
        private readonly BtfType _type;

        internal MemoryRing()
        {
            Assert.Equal(0, Libc.ftruncate(_file.Value, (long)_length));
            _writable = (byte*)Libc.mmap(0, _length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, _file.Value, 0);
            Mapping = new RingMapping(_file.Value, "memory", Size);
            var btf = new BtfBuilder();
            var id = btf.Add(BtfKind.Struct, "event", 8, 1, false, btf.Text("number"), (uint)btf.Int("u64", 8, signed: false), 0);
            _type = btf.Parse()[id];
        }

        internal RingMapping Mapping { get; }

        /// <summary>Writes a header and a number; gives the place of the header.</summary>
        internal uint* Put(uint header, ulong number)
        {
            var producer = (ulong*)(_writable + Environment.SystemPageSize);
            var place = _writable + (2 * Environment.SystemPageSize) + *producer;
            *(uint*)place = header;
            *(ulong*)(place + 8) = number;
            *producer += 16;
            return (uint*)place;
        }

        internal void Rewind() => *Mapping.Consumer = 0;

        internal List<ulong> Spans()
        {
            var sink = new ListSink([]);
            RingReader.Consume(Mapping, ref sink, long.MaxValue);
            return sink.Numbers;
        }

        internal List<ulong> Rows()
        {
            var decoder = RecordDecoder.For(_type, "events", DecoderMode.Compiled);
            RingReader.Consume(Mapping, decoder, long.MaxValue);
            return [.. decoder.ToColumns().Values<ulong>("number")];
        }

        public void Dispose()
        {
            Mapping.Dispose();
            _ = Libc.munmap((nint)_writable, _length);
            _file.Dispose();
        }
    }

    private readonly struct ListSink(List<ulong> numbers) : IRecordSink
    {
        internal List<ulong> Numbers => numbers;

        public void OnRecord(ReadOnlySpan<byte> record) => numbers.Add(BinaryPrimitives.ReadUInt64LittleEndian(record));
    }
}
