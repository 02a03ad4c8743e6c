using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>Memory outside the managed heap that the kernel copies into; grows, never shrinks, freed by its one owner.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    internal NativeBuffer(nuint size) => Resize(size);

    ~NativeBuffer() => Free();

    internal byte* Pointer { get; private set; }

    internal nuint Size { get; private set; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes it at least as large; what was in it is kept.</summary>
    internal void Resize(nuint size)
    {
        if (size > Size || Pointer is null)
        {
            // SAFETY: realloc of our own pointer, or of null; on failure it throws and the old one stays.
            Pointer = (byte*)NativeMemory.Realloc(Pointer, Math.Max(size, 1));
            Size = size;
        }
    }

    internal ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((nuint)(offset + length), Size);

        // SAFETY: just checked to lie inside.
        return new ReadOnlySpan<byte>(Pointer + offset, length);
    }

    private void Free()
    {
        NativeMemory.Free(Pointer);
        Pointer = null;
        Size = 0;
    }
}
