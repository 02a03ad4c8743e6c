using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>
/// Reads call frame information byte by byte. Nothing of it is trusted: what would lie behind the end reads as 0, and <see cref="IsBroken"/> stays set from then on, so that
/// one look at the end of a piece of work suffices.
/// </summary>
/// <param name="bytes">The bytes.</param>
/// <param name="at">The place of the first that is read.</param>
/// <param name="end">The place behind the last.</param>
/// <param name="start">The place of the first of the bytes: they may be a piece of a section.</param>
internal ref struct CfiReader(ReadOnlySpan<byte> bytes, int at, int end, int start = 0)
{
    /// <summary>Of a number in seven bits a byte: ten hold 64 bits, and some tools pad. Without a limit one such number could be read for hours.</summary>
    private const int LongestNumber = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly int _start = start;
    private readonly int _end = Math.Clamp(end, start, start + bytes.Length);

    /// <summary>The place of the next byte.</summary>
    internal int At { get; private set; } = at;

    /// <summary>Whether something lay outside.</summary>
    internal bool IsBroken { get; private set; } = at < start || at > start + bytes.Length;

    internal readonly bool IsAtEnd => IsBroken || At >= _end;

    internal byte Byte() => Take(1) is [var value] ? value : (byte)0;

    internal ushort UInt16() => Take(2) is { Length: 2 } taken ? BinaryPrimitives.ReadUInt16LittleEndian(taken) : (ushort)0;

    internal uint UInt32() => Take(4) is { Length: 4 } taken ? BinaryPrimitives.ReadUInt32LittleEndian(taken) : 0;

    internal ulong UInt64() => Take(8) is { Length: 8 } taken ? BinaryPrimitives.ReadUInt64LittleEndian(taken) : 0;

    /// <summary>An unsigned number of any length; bits above the 64th are dropped.</summary>
    internal ulong Unsigned()
    {
        var value = 0ul;
        for (var shift = 0; shift < 7 * LongestNumber; shift += 7)
        {
            var next = Byte();
            value |= shift < 64 ? (ulong)(next & 0x7f) << shift : 0;
            if (next < 0x80)
            {
                return value;
            }
        }

        IsBroken = true;
        return 0;
    }

    /// <summary>A signed number of any length.</summary>
    internal long Signed()
    {
        var value = 0L;
        for (var shift = 0; shift < 7 * LongestNumber;)
        {
            var next = Byte();
            value |= shift < 64 ? (long)(next & 0x7f) << shift : 0;
            shift += 7;
            if (next < 0x80)
            {
                return shift < 64 && (next & 0x40) != 0 ? value | (-1L << shift) : value;
            }
        }

        IsBroken = true;
        return 0;
    }

    /// <summary>A number that must fit an index; what does not breaks the reader.</summary>
    internal int Count()
    {
        var value = Unsigned();
        if (value <= int.MaxValue)
        {
            return (int)value;
        }

        IsBroken = true;
        return 0;
    }

    internal void Skip(ulong count)
    {
        if (IsBroken || count > (ulong)(_end - At))
        {
            IsBroken = true;
            return;
        }

        At += (int)count;
    }

    /// <summary>Goes to another place of the same bytes.</summary>
    internal void GoTo(long at)
    {
        if (at < _start || at > _end)
        {
            IsBroken = true;
            return;
        }

        At = (int)at;
    }

    internal void Break() => IsBroken = true;

    /// <summary>Bytes up to a zero, which is passed over; longer text breaks the reader.</summary>
    internal ReadOnlySpan<byte> ZeroTerminated(int longest)
    {
        var from = At;
        while (Byte() != 0 && At - from <= longest)
        {
        }

        IsBroken |= At - from > longest;
        return IsBroken ? default : _bytes.Slice(from - _start, At - from - 1);
    }

    internal ReadOnlySpan<byte> Take(int count)
    {
        if (IsBroken || count > _end - At)
        {
            IsBroken = true;
            return default;
        }

        var taken = _bytes.Slice(At - _start, count);
        At += count;
        return taken;
    }
}
