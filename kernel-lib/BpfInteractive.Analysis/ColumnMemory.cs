using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive.Analysis;

/// <summary>The memory of columns as bytes, without a copy.</summary>
internal static class ColumnMemory
{
    internal static ReadOnlyMemory<byte> AsBytes<T>(ReadOnlyMemory<T> memory)
        where T : unmanaged => memory.IsEmpty ? default : new BytesOf<T>(MemoryMarshal.AsMemory(memory)).Memory;

    /// <summary>The bitmap of rows that have a value, row 0 in the first bit; empty when all have one. Copied only where a slice starts inside a byte.</summary>
    internal static ReadOnlyMemory<byte> Validity(Column column)
    {
        if (!column.TryGetValidity(out var bitmap, out var bitOffset))
        {
            return default;
        }

        var bytes = (column.Count + 7) / 8;
        if ((bitOffset & 7) == 0)
        {
            return bitmap.Slice(bitOffset / 8, bytes);
        }

        var shifted = new byte[bytes];
        for (var row = 0; row < column.Count; row++)
        {
            shifted[row >> 3] |= (byte)(column.IsNull(row) ? 0 : 1 << (row & 7));
        }

        return shifted;
    }

    /// <summary>A view: it owns nothing, and keeps the column's array alive.</summary>
    private sealed class BytesOf<T>(Memory<T> memory) : MemoryManager<byte>
        where T : unmanaged
    {
        public override Memory<byte> Memory => CreateMemory(memory.Length * Unsafe.SizeOf<T>());

        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(memory.Span);

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            var (at, rest) = Math.DivRem(elementIndex, Unsafe.SizeOf<T>());
            return rest == 0 ? memory[at..].Pin() : throw new ArgumentOutOfRangeException(nameof(elementIndex), elementIndex, "inside a value");
        }

        public override void Unpin()
        {
            // The handle that Pin gave unpins the array itself.
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
