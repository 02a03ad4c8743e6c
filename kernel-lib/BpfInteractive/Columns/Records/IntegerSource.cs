using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Where an integer of at most 64 bits lies in a record: whole bytes or a bit-field, little-endian. A bit-field is read through the smallest
/// run of bytes that holds it, so that nothing behind it is touched.
/// </summary>
/// <param name="BitOffset">Bits from the start of the record.</param>
/// <param name="BitCount">1 to 64.</param>
/// <param name="IsSigned">Whether the highest bit is a sign.</param>
internal readonly record struct IntegerSource(int BitOffset, int BitCount, bool IsSigned)
{
    internal int Offset => BitOffset >> 3;

    internal int End => (BitOffset + BitCount + 7) >> 3;

    /// <summary>The bits below the field in its first byte.</summary>
    internal int Shift => BitOffset & 7;

    internal static IntegerSource Whole(int offset, int sizeBytes, bool isSigned) => new(offset * 8, sizeBytes * 8, isSigned);

    /// <summary>The value, sign- or zero-extended. The caller has checked that the record reaches <see cref="End"/>.</summary>
    internal long Read(ReadOnlySpan<byte> record) =>
        Extract(ref MemoryMarshal.GetReference(record[Offset..End]), End - Offset, Shift, BitCount, IsSigned);

    /// <summary>
    /// Reads up to nine bytes and cuts the bits out.
    /// </summary>
    internal static long Extract(ref byte first, int byteCount, int shift, int bitCount, bool isSigned)
    {
        ulong bits = 0;
        for (var at = 0; at < Math.Min(byteCount, 8); at++)
        {
            bits |= (ulong)Unsafe.Add(ref first, at) << (at * 8);
        }

        bits >>= shift;
        if (byteCount == 9)
        {
            bits |= (ulong)Unsafe.Add(ref first, 8) << (64 - shift);
        }

        var unused = 64 - bitCount;
        return isSigned ? (long)(bits << unused) >> unused : (long)(bits << unused >> unused);
    }
}
