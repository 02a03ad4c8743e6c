using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// Functions sorted by address: arrays, no object a symbol, names as offsets into the file's own strings. A look-up goes through an index
/// of buckets, so that it takes a step or two whatever the table's size.
/// </summary>
/// <remarks>Immutable, so thread-safe.</remarks>
internal sealed class SymbolTable
{
    /// <summary>How far a look-up goes back for a function that encloses others (hand-written assembly nests them).</summary>
    private const int Nesting = 8;

    private readonly ulong[] _starts;
    private readonly ulong[] _ends;
    private readonly int[] _names;
    private readonly ReadOnlyMemory<byte> _strings;
    private readonly int[] _buckets;
    private readonly int _shift;

    private SymbolTable(ulong[] starts, ulong[] ends, int[] names, ReadOnlyMemory<byte> strings)
    {
        _starts = starts;
        _ends = ends;
        _names = names;
        _strings = strings;
        (_buckets, _shift) = MakeBuckets(starts);
    }

    internal static SymbolTable Empty { get; } = new([], [], [], default);

    internal int Count => _starts.Length;

    /// <summary>Where the function begins.</summary>
    internal ulong StartOf(int index) => _starts[index];

    /// <summary>Where the function ends, exclusive.</summary>
    internal ulong EndOf(int index) => _ends[index];

    /// <summary>The raw (mangled) name.</summary>
    internal ReadOnlySpan<byte> NameUtf8(int index)
    {
        var rest = _strings.Span[_names[index]..];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    internal string Name(int index) => Encoding.UTF8.GetString(NameUtf8(index));

    /// <summary>The function that holds an address, or -1. Never the nearest one: what lies past a function's end has no name.</summary>
    internal int Find(ulong address)
    {
        var starts = _starts;
        if (starts.Length == 0 || address < starts[0])
        {
            return -1;
        }

        var bucket = (address - starts[0]) >> _shift;
        if (bucket >= (ulong)_buckets.Length)
        {
            return Enclosing(starts.Length - 1, address);
        }

        // The last start at or before the address lies between this bucket's first and the next one's.
        var index = _buckets[bucket];
        var last = bucket + 1 < (ulong)_buckets.Length ? _buckets[bucket + 1] : starts.Length - 1;
        while (index < last)
        {
            var middle = (index + last + 1) >>> 1;
            if (starts[middle] <= address)
            {
                index = middle;
            }
            else
            {
                last = middle - 1;
            }
        }

        return Enclosing(index, address);
    }

    /// <summary>The function of a name, for attaching; a linear search.</summary>
    internal bool TryFind(ReadOnlySpan<byte> name, [NotNullWhen(true)] out int? index)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            if (NameUtf8(i).SequenceEqual(name))
            {
                index = i;
                return true;
            }
        }

        index = null;
        return false;
    }

    /// <summary>Sorts candidates, drops aliases of the same address, and gives those without a size their place up to the next.</summary>
    internal static SymbolTable Build(List<Candidate> candidates, ReadOnlyMemory<byte> strings)
    {
        var keys = new ulong[candidates.Count];
        var order = new int[candidates.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = candidates[i].Start;
            order[i] = i;
        }

        Array.Sort(keys, order);
        var starts = new ulong[keys.Length];
        var ends = new ulong[keys.Length];
        var names = new int[keys.Length];
        var count = 0;
        for (int i = 0, next; i < keys.Length; i = next)
        {
            var best = candidates[order[i]];
            for (next = i + 1; next < keys.Length && keys[next] == keys[i]; next++)
            {
                if (IsBetter(candidates[order[next]], best, strings.Span))
                {
                    best = candidates[order[next]];
                }
            }

            var limit = next < keys.Length ? Math.Min(keys[next], best.Limit) : best.Limit;
            starts[count] = best.Start;
            ends[count] = best.Size != 0 ? best.Start + Math.Min(best.Size, ulong.MaxValue - best.Start) : Math.Max(limit, best.Start);
            names[count++] = best.Name;
        }

        return new SymbolTable(starts[..count], ends[..count], names[..count], strings);
    }

    /// <summary>A function as the file tells it. Limit is the end of its section: as far as one without a size can reach.</summary>
    internal readonly record struct Candidate(ulong Start, ulong Size, ulong Limit, int Name, byte Binding);

    private int Enclosing(int index, ulong address)
    {
        for (var back = 0; back < Nesting && index - back >= 0; back++)
        {
            if (address < _ends[index - back])
            {
                return index - back;
            }
        }

        return -1;
    }

    /// <summary>Of several names for one address: one with a size, then global before weak before local, then without leading underscores.</summary>
    private static bool IsBetter(Candidate one, Candidate other, ReadOnlySpan<byte> strings)
    {
        if ((one.Size != 0) != (other.Size != 0))
        {
            return one.Size != 0;
        }

        if (one.Binding != other.Binding)
        {
            return Rank(one.Binding) < Rank(other.Binding);
        }

        return Underscores(strings[one.Name..]) < Underscores(strings[other.Name..]);
    }

    private static int Rank(byte binding) => binding switch { 1 => 0, 2 => 1, 0 => 2, _ => 0 };

    private static int Underscores(ReadOnlySpan<byte> name)
    {
        var count = name.IndexOfAnyExcept((byte)'_');
        return count < 0 ? name.Length : count;
    }

    private static (int[] Buckets, int Shift) MakeBuckets(ulong[] starts)
    {
        if (starts.Length == 0)
        {
            return ([], 0);
        }

        // About two buckets a function, at most 4 Mi of them: an address space with holes must not cost gigabytes.
        var range = starts[^1] - starts[0];
        var wanted = Math.Min((ulong)starts.Length * 2, 1ul << 22);
        var shift = range <= wanted ? 0 : 64 - BitOperations.LeadingZeroCount(range / wanted);
        var buckets = new int[(range >> shift) + 1];
        var index = 0;
        for (var bucket = 0; bucket < buckets.Length; bucket++)
        {
            var from = starts[0] + ((ulong)bucket << shift);
            while (index + 1 < starts.Length && starts[index + 1] <= from)
            {
                index++;
            }

            buckets[bucket] = index;
        }

        return (buckets, shift);
    }
}
