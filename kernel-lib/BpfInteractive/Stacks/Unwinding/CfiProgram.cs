namespace BpfInteractive;

/// <summary>
/// Runs the instructions of an entry up to an address (DWARF 5, 6.4.2 and 6.4.3; GNU and Arm additions). Bounded in steps and in depth, whatever the instructions are.
/// </summary>
/// <remarks>Kept by its user, so that nothing is allocated for a run. One thread at a time.</remarks>
internal sealed class CfiProgram
{
    private const int MostSteps = 1 << 16;
    private const int MostRemembered = 16;

    private readonly CfiRow[] _remembered = new CfiRow[MostRemembered];
    private CfiRow _row;
    private CfiRow _initial;
    private int _depth;
    private int _steps;
    private ulong _place;

    /// <summary>Finds the row for an address.</summary>
    /// <returns>Whether there is one; false for damage.</returns>
    internal bool TryRun(CfiSection section, in CfiFunction function, ulong address, out CfiRow row)
    {
        (_row, _initial, _depth, _steps, _place) = (default, default, 0, 0, function.Start);
        var common = function.Common;
        var isWhole = Run(section, common, function.Start, common.ProgramStart, common.ProgramEnd, ulong.MaxValue);
        _initial = _row;
        _place = function.Start;
        isWhole = isWhole && Run(section, common, function.Start, function.ProgramStart, function.ProgramEnd, address);
        row = _row;
        return isWhole && _row.FrameKind != CfiRuleKind.Unspecified;
    }

    private bool Run(CfiSection section, in CfiCommon common, ulong start, int from, int to, ulong address)
    {
        var reader = section.Reader(from, to);
        while (!reader.IsAtEnd && _place <= address)
        {
            if (++_steps > MostSteps)
            {
                return false;
            }

            var code = reader.Byte();
            var low = code & 0x3f;
            switch (code >> 6)
            {
                case 1:
                    Advance((ulong)low, common, address);
                    break;
                case 2:
                    _row.Set((ulong)low, Offset(unchecked((long)reader.Unsigned() * common.DataUnit)));
                    break;
                case 3:
                    _row.Set((ulong)low, InitialOf((ulong)low));
                    break;
                default:
                    Step((Code)code, ref reader, section, common, start, address);
                    break;
            }
        }

        return !reader.IsBroken;
    }

    private void Step(Code code, ref CfiReader reader, CfiSection section, in CfiCommon common, ulong start, ulong address)
    {
        switch (code)
        {
            case Code.Nop:
                break;
            case Code.SetPlace:
                _place = CfiPointer.Read(ref reader, common.Encoding, section.Bases with { Function = start });
                break;
            case Code.Advance1:
                Advance(reader.Byte(), common, address);
                break;
            case Code.Advance2:
                Advance(reader.UInt16(), common, address);
                break;
            case Code.Advance4:
                Advance(reader.UInt32(), common, address);
                break;
            case Code.Advance8:
                Advance(reader.UInt64(), common, address);
                break;
            case Code.RememberState when _depth < MostRemembered:
                _remembered[_depth++] = _row;
                break;
            case Code.RestoreState when _depth > 0:
                _row = _remembered[--_depth];
                break;
            case Code.GnuArgumentsSize:
                reader.Unsigned(); // For landing pads alone.
                break;
            case Code.NegateReturnState:
                break; // aarch64: whether return addresses are signed from here on. Signatures are taken off wherever one could be.
            default:
                if (!TryFrame(code, ref reader, common) && !TryRegister(code, ref reader, common))
                {
                    reader.Break();
                }

                break;
        }
    }

    private bool TryFrame(Code code, ref CfiReader reader, in CfiCommon common)
    {
        switch (code)
        {
            case Code.Frame:
                _row.SetFrame(RegisterOf(ref reader), (long)reader.Unsigned());
                return true;
            case Code.FrameSigned:
                _row.SetFrame(RegisterOf(ref reader), unchecked(reader.Signed() * common.DataUnit));
                return true;
            case Code.FrameRegister:
                _row.SetFrame(RegisterOf(ref reader), _row.FrameValue);
                return true;
            case Code.FrameOffset:
                _row.SetFrame(_row.FrameRegister, (long)reader.Unsigned());
                return true;
            case Code.FrameOffsetSigned:
                _row.SetFrame(_row.FrameRegister, unchecked(reader.Signed() * common.DataUnit));
                return true;
            case Code.FrameExpression:
                var length = reader.Count();
                _row.SetFrameExpression(reader.At, length);
                reader.Skip((ulong)length);
                return true;
            default:
                return false;
        }
    }

    private bool TryRegister(Code code, ref CfiReader reader, in CfiCommon common)
    {
        if (code is not (>= Code.OffsetExtended and <= Code.Register or Code.Expression or Code.OffsetExtendedSigned
            or Code.ValueOffset or Code.ValueOffsetSigned or Code.ValueExpression or Code.GnuNegativeOffset))
        {
            return false;
        }

        var register = reader.Unsigned();
        _row.Set(register, code switch
        {
            Code.OffsetExtended => Offset(unchecked((long)reader.Unsigned() * common.DataUnit)),
            Code.OffsetExtendedSigned => Offset(unchecked(reader.Signed() * common.DataUnit)),
            Code.GnuNegativeOffset => Offset(unchecked(-(long)reader.Unsigned() * common.DataUnit)),
            Code.RestoreExtended => InitialOf(register),
            Code.Undefined => new CfiRule(CfiRuleKind.Undefined),
            Code.SameValue => new CfiRule(CfiRuleKind.SameValue),
            Code.Register => new CfiRule(CfiRuleKind.Register, RegisterOf(ref reader)),
            Code.ValueOffset => new CfiRule(CfiRuleKind.ValueOffset, unchecked((long)reader.Unsigned() * common.DataUnit)),
            Code.ValueOffsetSigned => new CfiRule(CfiRuleKind.ValueOffset, unchecked(reader.Signed() * common.DataUnit)),
            Code.Expression => Expression(ref reader, CfiRuleKind.Expression),
            _ => Expression(ref reader, CfiRuleKind.ValueExpression),
        });
        return true;
    }

    private void Advance(ulong count, in CfiCommon common, ulong address)
    {
        // During the common instructions there is no place yet.
        _place = address == ulong.MaxValue ? _place : unchecked(_place + (count * common.CodeUnit));
    }

    private CfiRule InitialOf(ulong register) => register < UnwindArchitecture.MostRegisters ? _initial[(int)register] : default;

    private static CfiRule Offset(long offset) => new(CfiRuleKind.Offset, offset);

    private static CfiRule Expression(ref CfiReader reader, CfiRuleKind kind)
    {
        var length = reader.Count();
        var rule = new CfiRule(kind, reader.At, length);
        reader.Skip((ulong)length);
        return rule;
    }

    private static int RegisterOf(ref CfiReader reader)
    {
        var register = reader.Count();
        if (register >= UnwindArchitecture.MostRegisters)
        {
            reader.Break();
            return 0;
        }

        return register;
    }

    /// <summary>DW_CFA_*, those whose upper two bits are 0.</summary>
    private enum Code : byte
    {
        Nop = 0x00,
        SetPlace = 0x01,
        Advance1 = 0x02,
        Advance2 = 0x03,
        Advance4 = 0x04,
        OffsetExtended = 0x05,
        RestoreExtended = 0x06,
        Undefined = 0x07,
        SameValue = 0x08,
        Register = 0x09,
        RememberState = 0x0a,
        RestoreState = 0x0b,
        Frame = 0x0c,
        FrameRegister = 0x0d,
        FrameOffset = 0x0e,
        FrameExpression = 0x0f,
        Expression = 0x10,
        OffsetExtendedSigned = 0x11,
        FrameSigned = 0x12,
        FrameOffsetSigned = 0x13,
        ValueOffset = 0x14,
        ValueOffsetSigned = 0x15,
        ValueExpression = 0x16,
        Advance8 = 0x1d,
        NegateReturnState = 0x2d,
        GnuArgumentsSize = 0x2e,
        GnuNegativeOffset = 0x2f,
    }
}
