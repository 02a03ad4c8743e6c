using System.Buffers;
using System.Numerics;

namespace BpfInteractive;

/// <summary>
/// Numbers distinct pairs from 0 on, in order of their coming. Plain arrays rather than a dictionary of tuples: it is asked for every frame of every sample, and such a
/// dictionary is code that can only be compiled while the tool runs.
/// </summary>
/// <remarks>
/// Memory that nobody touched before costs a page fault a page, a fifth of those of a capture: pairs lie in pieces, which are never copied, and the table of numbers is one that
/// another had before. One thread at a time.
/// </remarks>
internal sealed class PairNumbers
{
    private const int PieceBits = 13;
    private const int PieceLength = 1 << PieceBits;
    private const int FirstSlots = 8192;

    private Pair[][] _pieces = [new Pair[PieceLength]];

    // Each pair's number and one, at the place that its hash says or behind; 0 is free. At most half of them are taken.
    private int[] _slots = Cleared(FirstSlots);
    private int _mask = FirstSlots - 1;

    internal int Count { get; private set; }

    internal int FirstOf(int number) => PairOf(number).First;

    internal ulong SecondOf(int number) => PairOf(number).Second;

    /// <summary>The number of a pair; -1 when it has not come yet.</summary>
    internal int Find(int first, ulong second) => _slots[PlaceOf(first, second)] - 1;

    /// <summary>The number of a pair; a new one when the pair is new.</summary>
    internal int Add(int first, ulong second, out bool isNew)
    {
        var place = PlaceOf(first, second);
        isNew = _slots[place] == 0;
        if (!isNew)
        {
            return _slots[place] - 1;
        }

        var number = Count++;
        if (number >> PieceBits == _pieces.Length)
        {
            _pieces = [.. _pieces, new Pair[PieceLength]];
        }

        _pieces[number >> PieceBits][number & (PieceLength - 1)] = new Pair(first, second);
        _slots[place] = number + 1;
        if (2 * Count > _mask)
        {
            Grow();
        }

        return number;
    }

    private static int[] Cleared(int length)
    {
        var slots = ArrayPool<int>.Shared.Rent(length);
        slots.AsSpan(0, length).Clear();
        return slots;
    }

    private static uint HashOf(int first, ulong second)
    {
        var mixed = (second ^ ((ulong)(uint)first * 0x9e3779b97f4a7c15)) * 0xff51afd7ed558ccd;
        return (uint)BitOperations.RotateRight(mixed, 32);
    }

    private ref readonly Pair PairOf(int number) => ref _pieces[number >> PieceBits][number & (PieceLength - 1)];

    /// <summary>Where a pair's number is, or is to go.</summary>
    private int PlaceOf(int first, ulong second)
    {
        var slots = _slots;
        var at = (int)HashOf(first, second) & _mask;
        while (slots[at] is not 0 and var taken && PairOf(taken - 1) is var pair && (pair.Second != second || pair.First != first))
        {
            at = (at + 1) & _mask;
        }

        return at;
    }

    private void Grow()
    {
        var mask = (2 * _mask) + 1;
        var slots = Cleared(mask + 1);
        for (var number = 0; number < Count; number++)
        {
            ref readonly var pair = ref PairOf(number);
            var at = (int)HashOf(pair.First, pair.Second) & mask;
            while (slots[at] != 0)
            {
                at = (at + 1) & mask;
            }

            slots[at] = number + 1;
        }

        ArrayPool<int>.Shared.Return(_slots);
        (_slots, _mask) = (slots, mask);
    }

    private readonly record struct Pair(int First, ulong Second);
}
