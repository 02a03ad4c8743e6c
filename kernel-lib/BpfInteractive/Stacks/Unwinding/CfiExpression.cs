namespace BpfInteractive;

/// <summary>How an expression ended.</summary>
internal enum CfiExpressionEnd
{
    /// <summary>With a value.</summary>
    Value,

    /// <summary>It is damaged, goes on for too long, or asks what has no meaning here.</summary>
    Damaged,

    /// <summary>It reads memory that is not in the stack's copy.</summary>
    OutsideCopy,

    /// <summary>It needs a register whose value is not known.</summary>
    UnknownRegister,
}

/// <summary>Works out DWARF expressions, as far as they have a meaning in call frame information (DWARF 5, 2.5 and 6.4.2): bounded in steps and in depth.</summary>
/// <remarks>Kept by its user, so that nothing is allocated. One thread at a time.</remarks>
internal sealed class CfiExpression
{
    private const int MostSteps = 1024;

    private readonly ulong[] _stack = new ulong[64];
    private int _depth;
    private bool _isDamaged;

    /// <summary>Works one out.</summary>
    /// <param name="bytes">The section it stands in.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="registers">The registers of the frame.</param>
    /// <param name="stack">The stack's copy.</param>
    /// <param name="frame">The frame's address, pushed first; null for its own expression.</param>
    /// <param name="value">What it gives.</param>
    internal CfiExpressionEnd Evaluate(
        ReadOnlySpan<byte> bytes, int at, int length, in UnwindRegisters registers, in StackCopy stack, ulong? frame, out ulong value)
    {
        (_depth, _isDamaged, value) = (0, false, 0);
        if (frame is { } address)
        {
            Push(address);
        }

        var reader = new CfiReader(bytes, at, at + length);
        for (var steps = 0; !reader.IsAtEnd; steps++)
        {
            var end = steps < MostSteps ? Step(ref reader, registers, stack, frame, at) : CfiExpressionEnd.Damaged;
            if (end != CfiExpressionEnd.Value)
            {
                return end;
            }
        }

        value = Pop();
        return reader.IsBroken || _isDamaged ? CfiExpressionEnd.Damaged : CfiExpressionEnd.Value;
    }

    private CfiExpressionEnd Step(ref CfiReader reader, in UnwindRegisters registers, in StackCopy stack, ulong? frame, int from)
    {
        var code = reader.Byte();
        switch (code)
        {
            case >= 0x30 and <= 0x4f: // lit0 to lit31
                Push(code - 0x30ul);
                break;
            case >= 0x70 and <= 0x8f: // breg0 to breg31
                return PushRegister(code - 0x70ul, reader.Signed(), registers);
            case 0x92: // bregx
                var register = reader.Unsigned();
                return PushRegister(register, reader.Signed(), registers);
            case 0x06: // deref
                return Read(stack, 8);
            case 0x94: // deref_size
                return Read(stack, reader.Byte());
            case 0x9c when frame is { } address: // call_frame_cfa
                Push(address);
                break;
            case 0x28: // bra
                var distance = (short)reader.UInt16();
                if (Pop() != 0)
                {
                    Jump(ref reader, distance, from);
                }

                break;
            case 0x2f: // skip
                Jump(ref reader, (short)reader.UInt16(), from);
                break;
            case 0x96: // nop
                break;
            case <= 0x11:
                PushConstant(code, ref reader);
                break;
            case <= 0x17:
                Shuffle(code, ref reader);
                break;
            default:
                Calculate(code, ref reader);
                break;
        }

        return reader.IsBroken || _isDamaged ? CfiExpressionEnd.Damaged : CfiExpressionEnd.Value;
    }

    private static void Jump(ref CfiReader reader, short distance, int from)
    {
        var to = reader.At + distance;
        if (to < from)
        {
            reader.Break();
            return;
        }

        reader.GoTo(to);
    }

    private void PushConstant(byte code, ref CfiReader reader)
    {
        switch (code)
        {
            case 0x08:
                Push(reader.Byte());
                break;
            case 0x09:
                Push((ulong)(sbyte)reader.Byte());
                break;
            case 0x0a:
                Push(reader.UInt16());
                break;
            case 0x0b:
                Push((ulong)(short)reader.UInt16());
                break;
            case 0x0c:
                Push(reader.UInt32());
                break;
            case 0x0d:
                Push((ulong)(int)reader.UInt32());
                break;
            case 0x0e or 0x0f:
                Push(reader.UInt64());
                break;
            case 0x10:
                Push(reader.Unsigned());
                break;
            case 0x11:
                Push((ulong)reader.Signed());
                break;
            default:
                _isDamaged = true; // addr among them: the file's own addresses say nothing of where it is mapped.
                break;
        }
    }

    private void Shuffle(byte code, ref CfiReader reader)
    {
        switch (code)
        {
            case 0x12: // dup
                Push(Peek(0));
                break;
            case 0x13: // drop
                Pop();
                break;
            case 0x14: // over
                Push(Peek(1));
                break;
            case 0x15: // pick
                Push(Peek(reader.Byte()));
                break;
            case 0x16: // swap
                var (first, second) = (Pop(), Pop());
                Push(first);
                Push(second);
                break;
            default: // rot: the topmost goes below the next two
                var (top, next, third) = (Pop(), Pop(), Pop());
                Push(top);
                Push(third);
                Push(next);
                break;
        }
    }

    private void Calculate(byte code, ref CfiReader reader)
    {
        var right = Pop();
        switch (code)
        {
            case 0x19: // abs
                Push((long)right < 0 ? unchecked(0 - right) : right);
                break;
            case 0x1f: // neg
                Push(unchecked(0 - right));
                break;
            case 0x20: // not
                Push(~right);
                break;
            case 0x23: // plus_uconst
                Push(unchecked(right + reader.Unsigned()));
                break;
            default:
                Push(Combine(code, Pop(), right));
                break;
        }
    }

    private ulong Combine(byte code, ulong left, ulong right)
    {
        var (signedLeft, signedRight) = ((long)left, (long)right);
        switch (code)
        {
            case 0x1a:
                return left & right;
            case 0x1b: // div, of signed numbers; the quotient that has no room wraps
                _isDamaged |= right == 0;
                return right == 0 ? 0 : signedRight == -1 ? unchecked(0 - left) : (ulong)(signedLeft / signedRight);
            case 0x1c:
                return unchecked(left - right);
            case 0x1d:
                _isDamaged |= right == 0;
                return right == 0 ? 0 : left % right;
            case 0x1e:
                return unchecked(left * right);
            case 0x21:
                return left | right;
            case 0x22:
                return unchecked(left + right);
            case 0x24:
                return right < 64 ? left << (int)right : 0;
            case 0x25:
                return right < 64 ? left >> (int)right : 0;
            case 0x26:
                return (ulong)(signedLeft >> (int)Math.Min(right, 63));
            case 0x27:
                return left ^ right;
            case 0x29:
                return left == right ? 1ul : 0;
            case 0x2a:
                return signedLeft >= signedRight ? 1ul : 0;
            case 0x2b:
                return signedLeft > signedRight ? 1ul : 0;
            case 0x2c:
                return signedLeft <= signedRight ? 1ul : 0;
            case 0x2d:
                return signedLeft < signedRight ? 1ul : 0;
            case 0x2e:
                return left != right ? 1ul : 0;
            default:
                _isDamaged = true;
                return 0;
        }
    }

    private CfiExpressionEnd PushRegister(ulong register, long offset, in UnwindRegisters registers)
    {
        if (!registers.TryGet(register, out var value))
        {
            return CfiExpressionEnd.UnknownRegister;
        }

        Push(unchecked(value + (ulong)offset));
        return _isDamaged ? CfiExpressionEnd.Damaged : CfiExpressionEnd.Value;
    }

    private CfiExpressionEnd Read(in StackCopy stack, int size)
    {
        if (!stack.TryRead(Pop(), size, out var value))
        {
            return _isDamaged ? CfiExpressionEnd.Damaged : CfiExpressionEnd.OutsideCopy;
        }

        Push(value);
        return _isDamaged ? CfiExpressionEnd.Damaged : CfiExpressionEnd.Value;
    }

    private void Push(ulong value)
    {
        if (_depth == _stack.Length)
        {
            _isDamaged = true;
            return;
        }

        _stack[_depth++] = value;
    }

    private ulong Pop()
    {
        _isDamaged |= _depth == 0;
        return _depth == 0 ? 0 : _stack[--_depth];
    }

    private ulong Peek(int below)
    {
        _isDamaged |= below >= _depth;
        return below >= _depth ? 0 : _stack[_depth - 1 - below];
    }
}
