namespace BpfInteractive;

/// <summary>
/// The reader's side of a perf event buffer (the memory order is that of include/uapi/linux/perf_event.h, above data_head): samples are handed on,
/// the kernel's own counts of lost samples are added up. A sample that wraps around is put together in memory of ours.
/// </summary>
internal sealed unsafe class PerfReader(PerfRing ring)
{
    private const uint LostType = 2;
    private const uint SampleType = 9;
    private const int HeaderBytes = 8;
    private const int BatchRecords = 256;

    /// <summary>The header holds the size in 16 bits. Pinned, because a decoder knows its records by their address.</summary>
    private readonly byte[] _whole = GC.AllocateUninitializedArray<byte>(ushort.MaxValue + 1, pinned: true);

    /// <summary>Samples the kernel says it lost, since the reader was made.</summary>
    internal long Lost { get; private set; }

    internal PerfRing Ring => ring;

    internal long Consume<TSink>(ref TSink sink, long most)
        where TSink : IRecordSink
    {
        var (tail, head) = (*ring.Tail, Volatile.Read(ref *ring.Head));
        long count = 0;
        try
        {
            while (tail < head && count < most)
            {
                var isSample = Next(ref tail, out var record, out var length);
                if (isSample)
                {
                    count++;
                    sink.OnRecord(new ReadOnlySpan<byte>(record, length));
                }
            }

            return count;
        }
        finally
        {
            Volatile.Write(ref *ring.Tail, tail);
        }
    }

    internal long Consume(RecordDecoder decoder, long most)
    {
        var records = stackalloc nint[BatchRecords];
        var lengths = stackalloc int[BatchRecords];
        var (tail, head) = (*ring.Tail, Volatile.Read(ref *ring.Head));
        long count = 0;
        while (tail < head && count < most)
        {
            var gathered = 0;
            var wrapped = false;
            while (tail < head && gathered < Math.Min(BatchRecords, most - count) && !wrapped)
            {
                if (Next(ref tail, out var record, out var length))
                {
                    // One record at a time fits the memory where wrapped ones are put together: the batch ends behind it.
                    wrapped = record < ring.Data || record >= ring.Data + ring.Size;
                    records[gathered] = (nint)record;
                    lengths[gathered++] = length;
                }
            }

            // SAFETY: the tail is published after the batch is decoded, so nobody overwrites the records meanwhile.
            decoder.AppendBatch(records, lengths, gathered);
            Volatile.Write(ref *ring.Tail, tail);
            count += gathered;
        }

        Volatile.Write(ref *ring.Tail, tail);
        return count;
    }

    /// <summary>Steps over one record; true when it is a sample.</summary>
    private bool Next(ref ulong tail, out byte* record, out int length)
    {
        // SAFETY: records start at multiples of eight and the ring is a multiple of that, so a header never wraps; sizes are checked.
        var header = ring.Data + (tail & (ring.Size - 1));
        var type = *(uint*)header;
        var size = *(ushort*)(header + 6);
        if (size < HeaderBytes || size > ring.Size)
        {
            throw new BpfException("read", "the perf buffer", detail: $"a record says it has {size} bytes");
        }

        var whole = Whole(header, size);
        tail += size;
        record = whole + HeaderBytes + sizeof(uint);
        length = type == SampleType && size >= HeaderBytes + sizeof(uint)
            ? (int)Math.Min(*(uint*)(whole + HeaderBytes), (uint)(size - HeaderBytes - sizeof(uint)))
            : 0;
        if (type == LostType && size >= HeaderBytes + 16)
        {
            Lost += *(long*)(whole + HeaderBytes + 8);
        }

        return type == SampleType;
    }

    private byte* Whole(byte* header, int size)
    {
        var untilEnd = (int)(ring.Data + ring.Size - header);
        if (size <= untilEnd)
        {
            return header;
        }

        new ReadOnlySpan<byte>(header, untilEnd).CopyTo(_whole);
        new ReadOnlySpan<byte>(ring.Data, size - untilEnd).CopyTo(_whole.AsSpan(untilEnd));
        fixed (byte* whole = _whole)
        {
            return whole; // SAFETY: the array is allocated pinned
        }
    }
}
