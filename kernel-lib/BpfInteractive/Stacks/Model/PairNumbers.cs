using System.Numerics;

namespace BpfInteractive;

/// <summary>
/// Numbers distinct pairs from 0 on, in order of their coming. Plain arrays rather than a dictionary of tuples: it is asked for every frame of every sample, and such a
/// dictionary is code that can only be compiled while the tool runs.
/// </summary>
internal sealed class PairNumbers
{
    private const int FirstCapacity = 1024;

    private int[] _firsts = new int[FirstCapacity];
    private ulong[] _seconds = new ulong[FirstCapacity];

    // One more than the number of the pair, at the place that its hash says or behind; twice as many as there may be pairs.
    private int[] _slots = new int[2 * FirstCapacity];

    internal int Count { get; private set; }

    internal int FirstOf(int number) => _firsts[number];

    internal ulong SecondOf(int number) => _seconds[number];

    /// <summary>The number of a pair; a new one when the pair is new.</summary>
    internal int Add(int first, ulong second, out bool isNew)
    {
        var slots = _slots;
        var at = SlotOf(first, second, slots.Length);
        for (; slots[at] != 0; at = (at + 1) & (slots.Length - 1))
        {
            var known = slots[at] - 1;
            if (_seconds[known] == second && _firsts[known] == first)
            {
                isNew = false;
                return known;
            }
        }

        isNew = true;
        var number = Count++;
        if (number == _firsts.Length)
        {
            Grow();
        }

        _firsts[number] = first;
        _seconds[number] = second;
        Place(number);
        return number;
    }

    private static int SlotOf(int first, ulong second, int slots)
    {
        var mixed = (second ^ ((ulong)(uint)first * 0x9e3779b97f4a7c15)) * 0xff51afd7ed558ccd;
        return (int)(BitOperations.RotateRight(mixed, 32) & (ulong)(slots - 1));
    }

    private void Grow()
    {
        Array.Resize(ref _firsts, 2 * _firsts.Length);
        Array.Resize(ref _seconds, 2 * _seconds.Length);
        _slots = new int[2 * _firsts.Length];
        for (var number = 0; number < Count - 1; number++)
        {
            Place(number);
        }
    }

    private void Place(int number)
    {
        var at = SlotOf(_firsts[number], _seconds[number], _slots.Length);
        while (_slots[at] != 0)
        {
            at = (at + 1) & (_slots.Length - 1);
        }

        _slots[at] = number + 1;
    }
}
