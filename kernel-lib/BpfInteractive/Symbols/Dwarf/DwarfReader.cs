using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive;

/// <summary>Reads debug information byte by byte. Nothing of it is trusted: what would lie behind the end is a <see cref="SymbolFileException"/>.</summary>
internal ref struct DwarfReader(ReadOnlySpan<byte> bytes, ulong at)
{
    /// <summary>The longest text; names of C++ have some ten thousand letters at most.</summary>
    private const int LongestText = 1 << 20;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The place of the next byte.</summary>
    internal int At { get; private set; } = at <= (ulong)bytes.Length ? (int)at : throw Damaged();

    internal readonly bool IsAtEnd => At >= _bytes.Length;

    internal byte Byte() => Take(1)[0];

    internal ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    internal uint UInt24() => (uint)(UInt16() | (Byte() << 16));

    internal uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    internal ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>An offset into a section: 8 bytes in 64-bit DWARF.</summary>
    internal ulong Offset(bool is64) => is64 ? UInt64() : UInt32();

    /// <summary>The length at the beginning of a unit, and whether the unit is in 64-bit DWARF (DWARF 5, 7.4).</summary>
    internal ulong UnitLength(out bool is64)
    {
        ulong length = UInt32();
        is64 = length == uint.MaxValue;
        return is64 ? UInt64() : length < 0xfffffff0 ? length : throw Damaged();
    }

    /// <summary>An unsigned number in seven bits a byte; bits above the 64th are dropped.</summary>
    internal ulong Unsigned()
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            value |= shift < 64 ? (ulong)(next & 0x7f) << shift : 0;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    /// <summary>A signed number in seven bits a byte.</summary>
    internal long Signed()
    {
        var value = 0L;
        for (var shift = 0; ;)
        {
            var next = Byte();
            value |= shift < 64 ? (long)(next & 0x7f) << shift : 0;
            shift += 7;
            if (next < 0x80)
            {
                return shift < 64 && (next & 0x40) != 0 ? value | (-1L << shift) : value;
            }
        }
    }

    internal void Skip(ulong count)
    {
        if (count > (ulong)(_bytes.Length - At))
        {
            throw Damaged();
        }

        At += (int)count;
    }

    internal ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - At)
        {
            throw Damaged();
        }

        var taken = _bytes.Slice(At, count);
        At += count;
        return taken;
    }

    /// <summary>Bytes up to a zero, which is passed over.</summary>
    internal ReadOnlySpan<byte> ZeroTerminated()
    {
        var rest = _bytes[At..];
        var end = rest[..Math.Min(rest.Length, LongestText)].IndexOf((byte)0);
        if (end < 0)
        {
            throw Damaged();
        }

        At += end + 1;
        return rest[..end];
    }

    internal static string TextAt(ReadOnlySpan<byte> bytes, ulong at) => Encoding.UTF8.GetString(new DwarfReader(bytes, at).ZeroTerminated());

    internal static SymbolFileException Damaged() => new("its debug information is damaged");
}
