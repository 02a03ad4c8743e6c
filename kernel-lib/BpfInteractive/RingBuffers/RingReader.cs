using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// The reader's side of a BPF ring buffer (kernel/bpf/ringbuf.c, and libbpf's ringbuf.c for the order of things): the producer's position and
/// each header are read with acquire order, the consumer's position is published with release order. A record whose header is marked
/// busy is not finished and ends the reading; a discarded one is skipped.
/// </summary>
internal static unsafe class RingReader
{
    private const uint BusyBit = RingWalk.BusyBit;
    private const uint DiscardBit = RingWalk.DiscardBit;
    private const uint LengthMask = RingWalk.LengthMask;
    private const uint HeaderBytes = RingWalk.HeaderBytes;

    /// <summary>After so many bytes the producers are told that there is room; each telling costs them a cache miss.</summary>
    private const ulong PublishEvery = 256 * 1024;

    /// <summary>Few enough for the records of a batch to be in the first-level cache still when they are decoded.</summary>
    private const int BatchRecords = 128;

    /// <summary>Hands finished records to a sink until there is no more, or enough.</summary>
    internal static long Consume<TSink>(RingMapping ring, ref TSink sink, long most)
        where TSink : IRecordSink
    {
        var position = *ring.Consumer;
        try
        {
            return Consume(ring, ref sink, most, ref position);
        }
        finally
        {
            // Also when the sink throws: the record it threw at counts as read.
            Volatile.Write(ref *ring.Consumer, position);
        }
    }

    /// <summary>The loop itself, apart from the try that would keep its variables out of registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static long Consume<TSink>(RingMapping ring, ref TSink sink, long most, ref ulong read)
        where TSink : IRecordSink
    {
        var position = read;
        var publishEvery = Math.Min(PublishEvery, ring.Size / 4);
        var publishAt = position + publishEvery;
        var consumer = ring.Consumer;
        var data = ring.Data;
        ulong mask = ring.Size - 1;
        var left = most;
        while (left > 0)
        {
            var producer = Volatile.Read(ref *ring.Producer);
            if (position >= producer)
            {
                break;
            }

            do
            {
                // SAFETY: position < producer, so a header is there; the data is mapped twice, and Advance checks the length against the ring.
                var header = data + (position & mask);
                var bits = Volatile.Read(ref *(uint*)header);
                if ((bits & BusyBit) != 0)
                {
                    read = position;
                    return most - left;
                }

                var length = bits & LengthMask;
                position += Advance(length, mask);
                if ((bits & DiscardBit) == 0)
                {
                    left--;
                    read = position;
                    sink.OnRecord(MemoryMarshal.CreateReadOnlySpan(ref *(header + HeaderBytes), (int)length));
                }

                if (position >= publishAt)
                {
                    Volatile.Write(ref *consumer, position);
                    publishAt = position + publishEvery;
                }
            }
            while (position < producer && left > 0);
        }

        read = position;
        return most - left;
    }

    /// <summary>Appends finished records to a decoder's columns until there is no more, or enough.</summary>
    internal static long Consume(RingMapping ring, RecordDecoder decoder, long most)
    {
        long count = 0;
        while (count < most)
        {
            var walked = decoder.IsCompiled ? Walk(ring, decoder, most - count) : 0;
            var gathered = walked > 0 ? walked : ConsumeBatch(ring, decoder, most - count);
            count += gathered;
            if (gathered == 0)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>Decodes records where they lie; zero when there is none, or the next one is not an ordinary one.</summary>
    private static int Walk(RingMapping ring, RecordDecoder decoder, long most)
    {
        var position = *ring.Consumer;
        var walk = new RingWalk
        {
            Data = ring.Data,
            Mask = ring.Size - 1,
            Position = position,
            End = Math.Min(Volatile.Read(ref *ring.Producer), position + Math.Min(PublishEvery, ring.Size / 4)),
            Most = (nint)Math.Min(most, int.MaxValue),
        };
        if (walk.End <= position)
        {
            return 0;
        }

        // SAFETY: the position is published after the records are decoded, so nobody overwrites them meanwhile.
        var rows = decoder.AppendWalk(&walk);
        Volatile.Write(ref *ring.Consumer, walk.Position);
        return rows;
    }

    /// <summary>Notes the places of a few records and decodes them: the way of the interpreter, of short records, and of damaged rings.</summary>
    private static int ConsumeBatch(RingMapping ring, RecordDecoder decoder, long most)
    {
        var records = stackalloc nint[BatchRecords];
        var lengths = stackalloc int[BatchRecords];
        var gathered = Gather(ring, records, lengths, (int)Math.Min(BatchRecords, most), out var position);

        // SAFETY: as above.
        decoder.AppendBatch(records, lengths, gathered);
        Volatile.Write(ref *ring.Consumer, position);
        return gathered;
    }

    /// <summary>Notes the places of finished records, at most a quarter of the ring at a time; zero when there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Gather(RingMapping ring, nint* records, int* lengths, int most, out ulong position)
    {
        position = *ring.Consumer;
        var end = position + Math.Min(PublishEvery, ring.Size / 4);
        var data = ring.Data;
        ulong mask = ring.Size - 1;
        var count = 0;
        var producer = Volatile.Read(ref *ring.Producer);
        while (position < producer && count < most && (position < end || count == 0))
        {
            var header = data + (position & mask);
            var bits = Volatile.Read(ref *(uint*)header);
            if ((bits & BusyBit) != 0)
            {
                break;
            }

            var length = bits & LengthMask;
            position += Advance(length, mask);
            if ((bits & DiscardBit) == 0)
            {
                records[count] = (nint)(header + HeaderBytes);
                lengths[count++] = (int)length;
            }
        }

        return count;
    }

    /// <summary>The bytes from one header to the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Advance(uint length, ulong mask)
    {
        if (length > mask)
        {
            ThrowDamaged(length);
        }

        return ((length + 7) & ~7u) + HeaderBytes;
    }

    private static void ThrowDamaged(uint length) =>
        throw new BpfException("read", "the ring buffer", detail: $"a record says it has {length} bytes, more than the ring; somebody else moves the consumer position");
}
