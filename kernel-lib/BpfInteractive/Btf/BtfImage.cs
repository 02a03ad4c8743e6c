using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>
/// The bytes of one piece of BTF at an address that never moves: a private copy in a pinned array, or the kernel's own mapping.
/// Every read is checked against the length; a read outside throws <see cref="BtfFormatException"/>.
/// </summary>
internal sealed unsafe class BtfImage
{
    private readonly byte* _start;

    // Keeps a copy alive; a mapping of the kernel's BTF is never undone. Spans into the copy keep it alive by themselves: an interior
    // reference roots a pinned array as it does any other.
    private readonly byte[]? _copy;

    /// <summary>Copies bytes, so that the owner may change or free them.</summary>
    internal BtfImage(ReadOnlySpan<byte> bytes)
    {
        _copy = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(_copy);
        // SAFETY: the array is on the pinned heap and lives as long as this object.
        _start = (byte*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_copy));
        Length = bytes.Length;
    }

    /// <summary>Takes a mapping that stays for the life of the process.</summary>
    internal BtfImage(byte* start, int length)
    {
        _start = start;
        Length = length;
    }

    internal int Length { get; }

    internal bool IsCopy => _copy is not null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint ReadUInt32(int offset)
    {
        if ((uint)offset > (uint)(Length - 4) || Length < 4)
        {
            ThrowOutside(offset, 4);
        }

        // SAFETY: the four bytes were just checked to lie inside.
        return Unsafe.ReadUnaligned<uint>(_start + offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int ReadInt32(int offset) => (int)ReadUInt32(offset);

    internal ReadOnlySpan<byte> Slice(int offset, int length)
    {
        if ((uint)offset > (uint)Length || (uint)length > (uint)(Length - offset))
        {
            ThrowOutside(offset, length);
        }

        // SAFETY: the range was just checked to lie inside.
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    private void ThrowOutside(int offset, int length) =>
        throw new BtfFormatException("BTF", offset, $"{length} bytes are wanted, but the data ends at 0x{Length:x}");
}
