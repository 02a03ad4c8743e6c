using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>The bytes of a stack as they were when the sample was taken. Nothing else of the process's memory can be read.</summary>
internal readonly ref struct StackCopy(ulong address, ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Reads a word.</summary>
    /// <returns>Whether it lies within the copy.</returns>
    internal bool TryRead(ulong from, out ulong value)
    {
        var at = from - address;
        if (at > (ulong)_bytes.Length || (ulong)_bytes.Length - at < 8)
        {
            value = 0;
            return false;
        }

        value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes[(int)at..]);
        return true;
    }

    /// <summary>Reads up to eight bytes.</summary>
    internal bool TryRead(ulong from, int size, out ulong value)
    {
        value = 0;
        var at = from - address;
        if (size is < 1 or > 8 || at > (ulong)_bytes.Length || (ulong)_bytes.Length - at < (ulong)size)
        {
            return false;
        }

        for (var index = size - 1; index >= 0; index--)
        {
            value = (value << 8) | _bytes[(int)at + index];
        }

        return true;
    }
}
