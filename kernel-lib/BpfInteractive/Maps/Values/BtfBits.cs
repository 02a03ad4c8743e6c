using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>Bit-fields of at most 64 bits in little-endian bytes.</summary>
internal static class BtfBits
{
    /// <summary>The bits at a place, sign- or zero-extended.</summary>
    internal static long Read(ReadOnlySpan<byte> bytes, int bitOffset, int bitCount, bool isSigned)
    {
        var value = ReadWide(bytes, bitOffset, bitCount) >> (bitOffset & 7);
        var unused = 64 - bitCount;
        var bits = (ulong)value << unused;
        return isSigned ? (long)bits >> unused : (long)(bits >> unused);
    }

    /// <summary>Sets the bits at a place and leaves those around them.</summary>
    internal static void Write(Span<byte> bytes, int bitOffset, int bitCount, ulong value)
    {
        var shift = bitOffset & 7;
        var mask = (UInt128)(bitCount == 64 ? ulong.MaxValue : (1UL << bitCount) - 1) << shift;
        var wide = (ReadWide(bytes, bitOffset, bitCount) & ~mask) | (((UInt128)value << shift) & mask);
        Span<byte> buffer = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(buffer, wide);
        buffer[..Length(bitOffset, bitCount)].CopyTo(bytes[(bitOffset >> 3)..]);
    }

    private static UInt128 ReadWide(ReadOnlySpan<byte> bytes, int bitOffset, int bitCount)
    {
        Span<byte> buffer = stackalloc byte[16];
        buffer.Clear();
        bytes.Slice(bitOffset >> 3, Length(bitOffset, bitCount)).CopyTo(buffer);
        return BinaryPrimitives.ReadUInt128LittleEndian(buffer);
    }

    private static int Length(int bitOffset, int bitCount) => ((bitOffset & 7) + bitCount + 7) >> 3;
}
