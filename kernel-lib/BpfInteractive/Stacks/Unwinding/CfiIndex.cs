using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>From an address to the entry of its function.</summary>
internal abstract class CfiIndex
{
    internal const int None = -1;

    /// <summary>The table cannot be read any more.</summary>
    internal const int Lost = -2;

    /// <summary>The place of the entry of the last function that begins at or before an address; <see cref="None"/> or <see cref="Lost"/>.</summary>
    internal abstract int Find(ulong address);

    /// <summary>The memory it takes.</summary>
    internal abstract long SizeBytes { get; }
}

/// <summary>The table in .eh_frame_hdr, searched where it lies: reading all functions of a large program costs tenths of a second.</summary>
internal sealed class CfiHeaderIndex : CfiIndex
{
    /// <summary>Four bytes, a pointer and a count, each of up to 16 bytes.</summary>
    private const int LongestHead = 64;

    private readonly FileStretch _table;
    private readonly int _from;
    private readonly int _count;
    private readonly byte _encoding;
    private readonly CfiPointer.Bases _bases;
    private readonly ulong _section;

    private CfiHeaderIndex(FileStretch table, int from, int count, byte encoding, CfiPointer.Bases bases, ulong section) =>
        (_table, _from, _count, _encoding, _bases, _section) = (table, from, count, encoding, bases, section);

    internal override long SizeBytes => _table.SizeBytes;

    private int EntrySize => 2 * CfiPointer.SizeOf(_encoding);

    /// <summary>Where .eh_frame begins; null where the header does not say.</summary>
    /// <param name="bytes">The header and, if it is to be searched, its table.</param>
    /// <param name="address">Its address.</param>
    internal static ulong? SectionOf(FileStretch bytes, ulong address)
    {
        var reader = Head(bytes, 0);
        var version = reader.Byte();
        var encoding = reader.Byte();
        reader.UInt16();
        var section = CfiPointer.Read(ref reader, encoding, new CfiPointer.Bases(address, Data: address));
        return version == 1 && encoding != CfiPointer.Omitted && !reader.IsBroken ? section : null;
    }

    /// <summary>The table of a header; null when it has none that can be searched.</summary>
    internal static CfiHeaderIndex? Of(FileStretch bytes, ulong address, ulong section)
    {
        var bases = new CfiPointer.Bases(address, Data: address);
        var reader = Head(bytes, 1);
        var pointer = reader.Byte();
        var counting = reader.Byte();
        var encoding = reader.Byte();
        CfiPointer.Skip(ref reader, pointer, bases);
        var count = CfiPointer.Read(ref reader, counting, bases);
        var size = 2 * CfiPointer.SizeOf(encoding);
        if (reader.IsBroken || counting == CfiPointer.Omitted || encoding == CfiPointer.Omitted || size == 0 || count == 0)
        {
            return null;
        }

        count = Math.Min(count, (ulong)((bytes.Length - reader.At) / size));
        return new CfiHeaderIndex(bytes, reader.At, (int)count, encoding, bases, section);
    }

    private static CfiReader Head(FileStretch bytes, int at)
    {
        var length = Math.Min(bytes.Length, LongestHead);
        return new CfiReader(bytes.Take(0, length), at, length);
    }

    internal override int Find(ulong address)
    {
        // What nearly every linker writes: two signed words, relative to the header.
        var found = _encoding == 0x3b ? FindWords(address) : FindAny(address);
        var entry = found < 0 ? 0 : Value(found, second: true) - _section;
        return _table.IsLost ? Lost : found >= 0 && entry <= int.MaxValue ? (int)entry : None;
    }

    private int FindWords(ulong address)
    {
        var wanted = unchecked((long)(address - _bases.Data));
        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_table.Take(_from + (8 * middle), sizeof(int)) is not { IsEmpty: false } word)
            {
                return None;
            }

            if (BinaryPrimitives.ReadInt32LittleEndian(word) <= wanted)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private int FindAny(ulong address)
    {
        var (low, high) = (0, _count);
        while (low < high && !_table.IsLost)
        {
            var middle = (low + high) >>> 1;
            if (Value(middle, second: false) <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private ulong Value(int entry, bool second)
    {
        var at = _from + (entry * EntrySize) + (second ? EntrySize / 2 : 0);
        var reader = new CfiReader(_table.Take(at, EntrySize / 2), at, at + (EntrySize / 2), at);
        return CfiPointer.Read(ref reader, _encoding, _bases);
    }
}

/// <summary>An index made by reading every entry once, for sections without a table: static programs, .debug_frame.</summary>
internal sealed class CfiScannedIndex : CfiIndex
{
    private const int MostFunctions = 4 << 20;

    private readonly ulong[] _starts;
    private readonly int[] _entries;

    private CfiScannedIndex(ulong[] starts, int[] entries) => (_starts, _entries) = (starts, entries);

    internal override long SizeBytes => 12L * _starts.Length;

    internal static CfiScannedIndex Of(CfiSection section)
    {
        var starts = new List<ulong>();
        var entries = new List<int>();
        var at = 0;
        while (starts.Count < MostFunctions && section.TryRead(at, out var next, out var function, out _))
        {
            // Functions that the linker left out are at 0.
            if (function is { Length: > 0, Start: > 0 })
            {
                starts.Add(function.Start);
                entries.Add(at);
            }

            at = next;
        }

        var (first, second) = (starts.ToArray(), entries.ToArray());
        Array.Sort(first, second);
        return new CfiScannedIndex(first, second);
    }

    internal override int Find(ulong address)
    {
        var at = Array.BinarySearch(_starts, address);
        at = at < 0 ? ~at - 1 : at;
        return at < 0 ? None : _entries[at];
    }
}
