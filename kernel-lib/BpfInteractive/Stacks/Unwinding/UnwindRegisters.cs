using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>A frame's registers by their DWARF numbers, and which of them are known.</summary>
internal struct UnwindRegisters
{
    private Values _values;
    private ulong _known;

    internal readonly ulong this[int register] => _values[register];

    internal static UnwindRegisters Of(ReadOnlySpan<ulong> values)
    {
        var registers = default(UnwindRegisters);
        for (var register = 0; register < values.Length; register++)
        {
            registers.Set(register, values[register]);
        }

        return registers;
    }

    internal readonly bool TryGet(ulong register, out ulong value)
    {
        var isKnown = register < UnwindArchitecture.MostRegisters && ((_known >> (int)register) & 1) != 0;
        value = isKnown ? _values[(int)register] : 0;
        return isKnown;
    }

    internal void Set(int register, ulong value)
    {
        _values[register] = value;
        _known |= 1ul << register;
    }

    internal void Forget(int register) => _known &= ~(1ul << register);

    /// <summary>Forgets all but those of a set, given as bits.</summary>
    internal void Keep(ulong registers) => _known &= registers;

    [InlineArray(UnwindArchitecture.MostRegisters)]
    private struct Values
    {
        private ulong _first;
    }
}
