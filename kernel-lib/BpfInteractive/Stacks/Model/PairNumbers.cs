using System.Numerics;

namespace BpfInteractive;

/// <summary>
/// Numbers distinct pairs from 0 on, in order of their coming. Plain arrays rather than a dictionary of tuples: it is asked for every frame of every sample, and such a
/// dictionary is code that can only be compiled while the tool runs.
/// </summary>
internal sealed class PairNumbers
{
    private const int FirstCapacity = 4096;

    private int[] _firsts = new int[FirstCapacity];
    private ulong[] _seconds = new ulong[FirstCapacity];

    // The pair with its number, at the place that its hash says or behind: one look at one cache line mostly. Twice as many as there may be pairs.
    private Slot[] _slots = new Slot[2 * FirstCapacity];

    internal int Count { get; private set; }

    internal int FirstOf(int number) => _firsts[number];

    internal ulong SecondOf(int number) => _seconds[number];

    /// <summary>The number of a pair; -1 when it has not come yet.</summary>
    internal int Find(int first, ulong second)
    {
        var slots = _slots;
        for (var at = SlotOf(first, second, slots.Length); ; at = (at + 1) & (slots.Length - 1))
        {
            ref readonly var slot = ref slots[at];
            if (slot.IsFree)
            {
                return -1;
            }

            if (slot.Second == second && slot.First == first)
            {
                return slot.Number;
            }
        }
    }

    /// <summary>The number of a pair; a new one when the pair is new.</summary>
    internal int Add(int first, ulong second, out bool isNew)
    {
        var known = Find(first, second);
        if (known >= 0)
        {
            isNew = false;
            return known;
        }

        isNew = true;
        var number = Count++;
        if (number == _firsts.Length)
        {
            Grow();
        }

        _firsts[number] = first;
        _seconds[number] = second;
        Place(_slots, new Slot(second, first, number));
        return number;
    }

    private static int SlotOf(int first, ulong second, int slots)
    {
        var mixed = (second ^ ((ulong)(uint)first * 0x9e3779b97f4a7c15)) * 0xff51afd7ed558ccd;
        return (int)(BitOperations.RotateRight(mixed, 32) & (ulong)(slots - 1));
    }

    // In the order of their places: each moves to the same place or one as far behind as there were places, so both halves fill from front to back.
    private void Grow()
    {
        Array.Resize(ref _firsts, 2 * _firsts.Length);
        Array.Resize(ref _seconds, 2 * _seconds.Length);
        var slots = new Slot[2 * _firsts.Length];
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (!slot.IsFree)
            {
                Place(slots, slot);
            }
        }

        _slots = slots;
    }

    private static void Place(Slot[] slots, in Slot slot)
    {
        var at = SlotOf(slot.First, slot.Second, slots.Length);
        while (!slots[at].IsFree)
        {
            at = (at + 1) & (slots.Length - 1);
        }

        slots[at] = slot;
    }

    private readonly struct Slot(ulong second, int first, int number)
    {
        internal readonly ulong Second = second;
        internal readonly int First = first;
        private readonly int _numberPlusOne = number + 1;

        internal bool IsFree => _numberPlusOne == 0;

        internal int Number => _numberPlusOne - 1;
    }
}
