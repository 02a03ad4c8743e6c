using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>How the caller's value of a register is found.</summary>
internal enum CfiRuleKind : byte
{
    /// <summary>Nothing is said: calls keep it, or they do not.</summary>
    Unspecified,

    /// <summary>There is no way. For the return address: this is the root.</summary>
    Undefined,

    /// <summary>It is as it was.</summary>
    SameValue,

    /// <summary>It stands in memory, so many bytes from the frame's address.</summary>
    Offset,

    /// <summary>It is so many bytes from the frame's address.</summary>
    ValueOffset,

    /// <summary>It is in another register.</summary>
    Register,

    /// <summary>It stands in memory where an expression says.</summary>
    Expression,

    /// <summary>It is what an expression gives.</summary>
    ValueExpression,
}

/// <summary>A rule: for offsets <see cref="Value"/> is the offset; for expressions it is where they begin, and <see cref="Length"/> their bytes; else a register.</summary>
internal readonly record struct CfiRule(CfiRuleKind Kind, long Value = 0, int Length = 0);

/// <summary>What holds at one place of a function: how the frame's address is found (the CFA, the caller's stack pointer), and from it the caller's registers.</summary>
internal struct CfiRow
{
    private Rules _rules;

    /// <summary>A register and an offset (<see cref="CfiRuleKind.ValueOffset"/>), or an expression; else nothing was said.</summary>
    internal CfiRuleKind FrameKind { get; private set; }

    internal int FrameRegister { get; private set; }

    internal long FrameValue { get; private set; }

    internal int FrameLength { get; private set; }

    internal readonly CfiRule this[int register] => _rules[register];

    internal void Set(ulong register, CfiRule rule)
    {
        // Vector registers and the like are no matter here.
        if (register < UnwindArchitecture.MostRegisters)
        {
            _rules[(int)register] = rule;
        }
    }

    internal void SetFrame(int register, long offset) =>
        (FrameKind, FrameRegister, FrameValue, FrameLength) = (CfiRuleKind.ValueOffset, register, offset, 0);

    internal void SetFrameExpression(int at, int length) =>
        (FrameKind, FrameRegister, FrameValue, FrameLength) = (CfiRuleKind.ValueExpression, 0, at, length);

    [InlineArray(UnwindArchitecture.MostRegisters)]
    private struct Rules
    {
        private CfiRule _first;
    }
}
