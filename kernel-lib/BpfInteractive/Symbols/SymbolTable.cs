using System.Numerics;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// Functions sorted by address: one array, no object a symbol, names as offsets into the file's own strings. A look-up goes through an index
/// of buckets, so that it takes a step or two whatever the table's size.
/// </summary>
/// <remarks>Immutable, so thread-safe.</remarks>
internal sealed class SymbolTable
{
    /// <summary>How far a look-up goes out: a hostile table nests without end.</summary>
    private const int DeepestNesting = 32;

    private readonly Entry[] _entries;
    private readonly int[]? _enclosing;
    private readonly ReadOnlyMemory<byte> _strings;
    private readonly int[] _buckets;
    private readonly int _shift;

    internal SymbolTable(Entry[] entries, ReadOnlyMemory<byte> strings, bool hasFunctions = false)
    {
        _entries = entries;
        _strings = strings;
        HasFunctions = hasFunctions || entries.Length > 0;
        _enclosing = FindEnclosing(entries);
        (_buckets, _shift) = MakeBuckets(entries);
    }

    /// <summary>A function: where it begins, how long it is (no real one comes near 4 GiB), and where its name begins.</summary>
    internal readonly record struct Entry(ulong Start, uint Size, int Name);

    internal static SymbolTable Empty { get; } = new([], default);

    internal int Count => _entries.Length;

    /// <summary>Whether the file lists any, even if none is here, because none was wanted.</summary>
    internal bool HasFunctions { get; }

    /// <summary>The memory it takes.</summary>
    internal long SizeBytes => (16L * _entries.Length) + (4L * _buckets.Length) + (4L * (_enclosing?.Length ?? 0)) + _strings.Length;

    /// <summary>Where the function begins.</summary>
    internal ulong StartOf(int index) => _entries[index].Start;

    /// <summary>How many bytes it has.</summary>
    internal ulong SizeOf(int index) => _entries[index].Size;

    /// <summary>The raw (mangled) name.</summary>
    internal ReadOnlySpan<byte> NameUtf8(int index)
    {
        var rest = _strings.Span[_entries[index].Name..];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    internal string Name(int index) => Encoding.UTF8.GetString(NameUtf8(index));

    /// <summary>The function that holds an address, or -1. Never the nearest one: what lies past a function's end has no name.</summary>
    internal int Find(ulong address)
    {
        var entries = _entries;
        if (entries.Length == 0 || address < entries[0].Start)
        {
            return -1;
        }

        // The last start at or before the address lies between this bucket's first and the next one's.
        var buckets = _buckets;
        var bucket = (address - entries[0].Start) >> _shift;
        var index = bucket < (ulong)buckets.Length ? buckets[bucket] : entries.Length - 1;
        var last = bucket + 1 < (ulong)buckets.Length ? buckets[bucket + 1] : entries.Length - 1;
        while (index < last)
        {
            var middle = (index + last + 1) >>> 1;
            if (entries[middle].Start <= address)
            {
                index = middle;
            }
            else
            {
                last = middle - 1;
            }
        }

        // Hand-written assembly nests functions: behind the end of an inner one its outer one goes on.
        for (var depth = 0; address - entries[index].Start >= entries[index].Size; depth++)
        {
            index = _enclosing is null || depth == DeepestNesting ? -1 : _enclosing[index];
            if (index < 0)
            {
                break;
            }
        }

        return index;
    }

    /// <summary>For each function the nearest before it that reaches over its start, or -1; null when none does.</summary>
    private static int[]? FindEnclosing(Entry[] entries)
    {
        int[]? enclosing = null;
        for (var i = 1; i < entries.Length; i++)
        {
            var outer = i - 1;
            while (outer >= 0 && entries[i].Start - entries[outer].Start >= entries[outer].Size)
            {
                outer = enclosing is null ? -1 : enclosing[outer];
            }

            if (outer >= 0 && enclosing is null)
            {
                enclosing = new int[entries.Length];
                Array.Fill(enclosing, -1);
            }

            if (enclosing is not null)
            {
                enclosing[i] = outer;
            }
        }

        return enclosing;
    }

    private static (int[] Buckets, int Shift) MakeBuckets(Entry[] entries)
    {
        if (entries.Length == 0)
        {
            return ([], 0);
        }

        // About two buckets a function, at most 4 Mi of them: an address space with holes must not cost gigabytes.
        var first = entries[0].Start;
        var range = entries[^1].Start - first;
        var wanted = Math.Min((ulong)entries.Length * 2, 1ul << 22);
        var shift = range <= wanted ? 0 : 64 - BitOperations.LeadingZeroCount(range / wanted);
        var buckets = new int[(range >> shift) + 1];
        var index = 0;
        for (var bucket = 0; bucket < buckets.Length; bucket++)
        {
            var from = first + ((ulong)bucket << shift);
            while (index + 1 < entries.Length && entries[index + 1].Start <= from)
            {
                index++;
            }

            buckets[bucket] = index;
        }

        return (buckets, shift);
    }
}
