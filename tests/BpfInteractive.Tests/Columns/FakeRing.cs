using System.Buffers.Binary;

namespace BpfInteractive.Tests.Tables;

/// <summary>The data of a ring buffer in memory of ours, twice over as the kernel maps it, with any header one likes.</summary>
internal sealed unsafe class FakeRing(int size, ulong start)
{
    private readonly ulong _start = start;
    private readonly byte[] _data = GC.AllocateArray<byte>(2 * size, pinned: true);

    /// <summary>Where the next record goes.</summary>
    internal ulong Position { get; private set; } = start;

    /// <summary>The record put last.</summary>
    internal byte[] Last { get; private set; } = [];

    /// <summary>Puts a record; true when a reader ought to see it.</summary>
    internal bool Put(byte[] record, uint flags)
    {
        Last = record;
        var framed = new byte[8 + ((record.Length + 7) & ~7)];
        BinaryPrimitives.WriteUInt32LittleEndian(framed, (uint)record.Length | flags);
        record.CopyTo(framed, 8);
        for (var at = 0; at < framed.Length; at++)
        {
            var place = (int)((Position + (ulong)at) % (ulong)size);
            _data[place] = _data[place + size] = framed[at];
        }

        Position += (ulong)framed.Length;
        return flags == 0;
    }

    /// <summary>Lets a decoder walk over all records; gives where it stopped.</summary>
    internal ulong Walk(RecordDecoder decoder)
    {
        fixed (byte* data = _data)
        {
            var walk = new RingWalk { Data = data, Mask = (ulong)size - 1, Position = _start, End = Position, Most = int.MaxValue };
            decoder.AppendWalk(&walk);
            return walk.Position;
        }
    }
}
