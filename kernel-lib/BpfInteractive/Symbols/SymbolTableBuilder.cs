using System.Buffers;

namespace BpfInteractive;

/// <summary>
/// Makes a <see cref="SymbolTable"/> of what a file tells: sorts, picks one of several names for an address, and says how far a function
/// without a size reaches. For one table: its arrays are those of the file before, for memory that nobody touched costs a page fault a page.
/// </summary>
internal sealed class SymbolTableBuilder(int capacity)
{
    private ulong[] _starts = ArrayPool<ulong>.Shared.Rent(capacity);
    private Candidate[] _candidates = ArrayPool<Candidate>.Shared.Rent(capacity);
    private int _count;
    private bool _isSorted = true;

    /// <summary>What may be a function.</summary>
    /// <param name="Size">Its bytes; 0 for not told.</param>
    /// <param name="Limit">Where its section ends: as far as one without a size can reach.</param>
    /// <param name="Name">Where its name begins among the strings.</param>
    /// <param name="Rank">Which name is taken for an address that has several: the lowest.</param>
    internal readonly record struct Candidate(ulong Size, ulong Limit, int Name, SymbolRank Rank);

    /// <summary>
    /// Whether all functions are listed, so that one without a size ends where the next begins. Of a list of exported functions alone
    /// nobody knows what lies between: there such a one has its entry for itself and no more.
    /// </summary>
    internal bool IsWhole { get; init; } = true;

    internal void Add(ulong start, Candidate candidate)
    {
        MakeRoom(ref _starts);
        MakeRoom(ref _candidates);
        _isSorted &= _count == 0 || _starts[_count - 1] <= start;
        _starts[_count] = start;
        _candidates[_count++] = candidate;
    }

    /// <summary>Makes the table.</summary>
    /// <param name="strings">The names.</param>
    /// <param name="hasFunctions">Whether the file lists functions, even if none was added.</param>
    internal SymbolTable Build(ReadOnlyMemory<byte> strings, bool hasFunctions = false)
    {
        var order = ArrayPool<int>.Shared.Rent(_count);
        var entries = ArrayPool<SymbolTable.Entry>.Shared.Rent(_count);
        for (var i = 0; i < _count; i++)
        {
            order[i] = i;
        }

        if (!_isSorted)
        {
            Array.Sort(_starts, order, 0, _count);
        }

        var table = new SymbolTable(entries[..Fill(entries, order, strings.Span)], strings, hasFunctions);
        ArrayPool<int>.Shared.Return(order);
        ArrayPool<SymbolTable.Entry>.Shared.Return(entries);
        ArrayPool<ulong>.Shared.Return(_starts);
        ArrayPool<Candidate>.Shared.Return(_candidates);
        (_starts, _candidates, _count) = ([], [], 0);
        return table;
    }

    private int Fill(SymbolTable.Entry[] entries, int[] order, ReadOnlySpan<byte> strings)
    {
        var count = 0;
        var coveredTo = 0ul; // the furthest end of a function with a size so far
        for (int i = 0, next; i < _count; i = next)
        {
            var start = _starts[i];
            var best = _candidates[order[i]];
            for (next = i + 1; next < _count && _starts[next] == start; next++)
            {
                best = Better(_candidates[order[next]], best, strings);
            }

            var size = best.Size != 0 ? best.Size : SizeUpTo(start, next < _count ? _starts[next] : ulong.MaxValue, best, coveredTo);
            if (size != 0)
            {
                entries[count++] = new SymbolTable.Entry(start, (uint)Math.Min(size, uint.MaxValue), best.Name);
            }

            coveredTo = best.Size != 0 ? Math.Max(coveredTo, start + Math.Min(best.Size, ulong.MaxValue - start)) : coveredTo;
        }

        return count;
    }

    private void MakeRoom<T>(ref T[] array)
    {
        if (_count < array.Length)
        {
            return;
        }

        var larger = ArrayPool<T>.Shared.Rent(Math.Max(64, _count * 2));
        array.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    /// <summary>A label inside of a function is none. A function without a size that lies in one with a size ends with it at the latest.</summary>
    private ulong SizeUpTo(ulong start, ulong next, Candidate candidate, ulong coveredTo)
    {
        var isInside = start < coveredTo;
        if (isInside && candidate.Rank == SymbolRank.Label)
        {
            return 0;
        }

        var end = Math.Min(next, candidate.Limit);
        end = isInside ? Math.Min(end, coveredTo) : end;
        return end <= start ? 0 : IsWhole ? end - start : 1;
    }

    /// <summary>Of two names for one address: one with a size, then by rank, then without leading underscores, then the shorter.</summary>
    private static Candidate Better(Candidate one, Candidate other, ReadOnlySpan<byte> strings)
    {
        if ((one.Size != 0) != (other.Size != 0))
        {
            return one.Size != 0 ? one : other;
        }

        if (one.Rank != other.Rank)
        {
            return one.Rank < other.Rank ? one : other;
        }

        var name = NameAt(strings, one.Name);
        var otherName = NameAt(strings, other.Name);
        var order = Underscores(name) - Underscores(otherName);
        order = order != 0 ? order : name.Length - otherName.Length;
        order = order != 0 ? order : name.SequenceCompareTo(otherName);
        return order < 0 ? one : other;
    }

    private static ReadOnlySpan<byte> NameAt(ReadOnlySpan<byte> strings, int at)
    {
        var rest = strings[at..];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    private static int Underscores(ReadOnlySpan<byte> name)
    {
        var count = name.IndexOfAnyExcept((byte)'_');
        return count < 0 ? name.Length : count;
    }
}

/// <summary>Which of several names for one address is taken: the lowest.</summary>
internal enum SymbolRank : byte
{
    /// <summary>A function that other files see.</summary>
    Global,

    /// <summary>One that another may take the place of.</summary>
    Weak,

    /// <summary>One of its own file.</summary>
    Local,

    /// <summary>A name for a place in code that is not said to be a function: hand-written assembly.</summary>
    Label,
}
