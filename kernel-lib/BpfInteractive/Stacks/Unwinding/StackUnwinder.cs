namespace BpfInteractive;

/// <summary>
/// Finds the callers of a frame from its registers, a copy of the stack and what the files say of their code. Where they say nothing, the frame pointer is followed: this
/// crosses code that was made at run time.
/// </summary>
/// <remarks>
/// Nothing that is read is trusted: whatever the stack and the files hold, it ends with a reason. Allocates nothing when all steps are known. One thread at a time.
/// </remarks>
internal sealed class StackUnwinder(UnwindArchitecture architecture)
{
    private readonly CfiProgram _program = new();
    private readonly CfiExpression _expression = new();
    private UnwindRegisters _registers;
    private bool _isExact;

    /// <summary>Finds the frames of a stack, the leaf first.</summary>
    /// <param name="mappings">Where the process's code lies.</param>
    /// <param name="registers">The leaf's registers by DWARF number, the program counter among them.</param>
    /// <param name="stack">The stack from the leaf's stack pointer on.</param>
    /// <param name="frames">Room for the frames; there are no more than this.</param>
    internal UnwindResult Unwind<TMappings>(TMappings mappings, ReadOnlySpan<ulong> registers, StackCopy stack, Span<UnwindFrame> frames)
        where TMappings : IUnwindMappings
    {
        _registers = UnwindRegisters.Of(registers[..architecture.Registers]);
        _isExact = true;
        var methods = UnwindMethods.None;
        for (var count = 0; ;)
        {
            var address = _registers[architecture.ProgramCounter];
            var place = _isExact ? address : address - 1;
            var isMapped = mappings.TryFind(place, out var mapping);
            if (!isMapped && count > 0)
            {
                return new(count, methods, UnwindEnd.OutsideCode);
            }

            if (count == frames.Length)
            {
                return new(count, methods, UnwindEnd.TooDeep);
            }

            frames[count++] = new UnwindFrame(address, _isExact);
            var end = isMapped ? Step(mapping, place, stack, count == 1, ref methods) : UnwindEnd.OutsideCode;
            if (end != UnwindEnd.Unknown)
            {
                return new(count, methods, end);
            }
        }
    }

    /// <summary>Whether a stack that was walked in another way ends at a root: where the files say that nobody called.</summary>
    internal bool IsRoot<TMappings>(TMappings mappings, ReadOnlySpan<ulong> addresses)
        where TMappings : IUnwindMappings
    {
        var place = addresses is [.., var last] ? last - (addresses.Length > 1 ? 1ul : 0) : 0;
        if (!mappings.TryFind(place, out var mapping) || mapping.Table is not { IsEmpty: false } table
            || !table.TryGetAddress(place - mapping.Start + mapping.Offset, out var address) || table.Find(address, _program, out var step) != UnwindKnowledge.Step)
        {
            return false;
        }

        foreach (ref readonly var rule in table.RulesOf(step))
        {
            if (rule.Register == step.ReturnColumn && rule.Kind == CfiRuleKind.Undefined)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Goes to the caller.</summary>
    /// <returns>Why there is none; <see cref="UnwindEnd.Unknown"/> where there is one.</returns>
    private UnwindEnd Step(in UnwindMapping mapping, ulong place, in StackCopy stack, bool isLeaf, ref UnwindMethods methods)
    {
        if (mapping.Table is { IsEmpty: false } table && table.TryGetAddress(place - mapping.Start + mapping.Offset, out var address))
        {
            switch (table.Find(address, _program, out var step))
            {
                case UnwindKnowledge.Step:
                    methods |= UnwindMethods.Tables;
                    return StepByRule(table, step, stack);
                case UnwindKnowledge.Damaged:
                    return UnwindEnd.Damaged;
                default:
                    break;
            }
        }

        if (isLeaf && !mapping.IsAnonymous && IsAtProgramStart())
        {
            return UnwindEnd.Root;
        }

        var end = StepByFramePointer(stack, mayBeRoot: !isLeaf && !mapping.IsAnonymous);
        methods |= end == UnwindEnd.Unknown ? UnwindMethods.FramePointers : 0;
        return end;
    }

    private UnwindEnd StepByRule(UnwindTable table, in UnwindStep step, in StackCopy stack)
    {
        var before = _registers;
        if (!TryGetFrame(table, step, before, stack, out var frame, out var end))
        {
            return end;
        }

        _registers.Keep(architecture.KeptByCalls);
        _registers.Set(architecture.StackPointer, frame);
        var hasReturn = !architecture.CallPushesReturn && before.TryGet(step.ReturnColumn, out _);
        var returns = hasReturn ? before[step.ReturnColumn] : 0;
        foreach (ref readonly var rule in table.RulesOf(step))
        {
            var isReturn = rule.Register == step.ReturnColumn;
            if (isReturn && rule.Kind == CfiRuleKind.Undefined)
            {
                return UnwindEnd.Root;
            }

            end = Apply(table, step, rule, before, frame, stack, isReturn, out var value);
            if (isReturn)
            {
                if (end != UnwindEnd.Unknown)
                {
                    return end;
                }

                (hasReturn, returns) = (true, value);
            }
        }

        return hasReturn ? Return(returns, before, step.IsSignalFrame) : UnwindEnd.Damaged;
    }

    private UnwindEnd Return(ulong address, in UnwindRegisters before, bool isSignalFrame)
    {
        address = architecture.Strip(address);
        if (address == 0)
        {
            return UnwindEnd.Root;
        }

        // A signal handler may have a stack of its own, above or below the one that was interrupted. While longjmp is at it both pointers are the same.
        var (pointer, callee) = (_registers[architecture.StackPointer], before[architecture.StackPointer]);
        if (!isSignalFrame && (pointer < callee || (pointer == callee && address == before[architecture.ProgramCounter])))
        {
            return UnwindEnd.NoProgress;
        }

        _registers.Set(architecture.ProgramCounter, address);
        _isExact = isSignalFrame;
        return UnwindEnd.Unknown;
    }

    private bool TryGetFrame(UnwindTable table, in UnwindStep step, in UnwindRegisters before, in StackCopy stack, out ulong frame, out UnwindEnd end)
    {
        end = UnwindEnd.UnknownRegister;
        if (step.FrameKind != CfiRuleKind.ValueExpression)
        {
            var isKnown = before.TryGet(step.FrameRegister, out var value);
            frame = unchecked(value + (ulong)step.FrameValue);
            return isKnown;
        }

        end = EndOf(_expression.Evaluate(table.Expressions, (int)step.FrameValue, step.FrameLength, before, stack, null, out frame));
        return end == UnwindEnd.Unknown;
    }

    /// <summary>Puts in the caller's value of a register, or forgets it where it cannot be had.</summary>
    private UnwindEnd Apply(
        UnwindTable table, in UnwindStep step, in UnwindRule rule, in UnwindRegisters before, ulong frame, in StackCopy stack, bool isReturn, out ulong value)
    {
        var end = UnwindEnd.Unknown;
        value = unchecked(frame + (ulong)rule.Value);
        switch (rule.Kind)
        {
            case CfiRuleKind.Offset when !isReturn && value < before[architecture.StackPointer] && frame >= before[architecture.StackPointer]:
                // At a function's end compilers do not say that a register was popped: what is below the stack pointer is gone, and the register has its value.
                end = before.TryGet(rule.Register, out value) ? UnwindEnd.Unknown : UnwindEnd.UnknownRegister;
                break;
            case CfiRuleKind.Offset:
                end = stack.TryRead(value, out value) ? UnwindEnd.Unknown : UnwindEnd.OutsideCopy;
                break;
            case CfiRuleKind.ValueOffset:
                break;
            case CfiRuleKind.SameValue:
                end = before.TryGet(rule.Register, out value) ? UnwindEnd.Unknown : UnwindEnd.UnknownRegister;
                break;
            case CfiRuleKind.Register:
                end = before.TryGet((ulong)rule.Value, out value) ? UnwindEnd.Unknown : UnwindEnd.UnknownRegister;
                break;
            case CfiRuleKind.Expression or CfiRuleKind.ValueExpression:
                end = EndOf(_expression.Evaluate(table.Expressions, (int)rule.Value, rule.Length, before, stack, frame, out value));
                if (end == UnwindEnd.Unknown && rule.Kind == CfiRuleKind.Expression)
                {
                    end = stack.TryRead(value, out value) ? UnwindEnd.Unknown : UnwindEnd.OutsideCopy;
                }

                break;
            default:
                end = UnwindEnd.UnknownRegister;
                break;
        }

        if (end == UnwindEnd.Unknown)
        {
            _registers.Set(rule.Register, value);
        }
        else
        {
            _registers.Forget(rule.Register);
        }

        return end;
    }

    /// <summary>
    /// The kernel starts a program with no register set but the stack pointer (ELF_PLAT_INIT of arch/x86/include/asm/elf.h), and the dynamic linker's first instructions, of which its tables
    /// say nothing, copy that. What system calls change may still be there of execve itself.
    /// </summary>
    private bool IsAtProgramStart()
    {
        var pointer = _registers[architecture.StackPointer];
        for (var register = 0; register < architecture.Registers; register++)
        {
            var isOfNoMeaning = register == architecture.ProgramCounter || ((architecture.ChangedBySystemCalls >> register) & 1) != 0;
            if (!isOfNoMeaning && _registers[register] != 0 && _registers[register] != pointer)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The frame pointer points at the caller's own, and the return address is above it.</summary>
    private UnwindEnd StepByFramePointer(in StackCopy stack, bool mayBeRoot)
    {
        var stackPointer = _registers[architecture.StackPointer];
        if (!_registers.TryGet((ulong)architecture.FramePointer, out var pointer))
        {
            return UnwindEnd.UnknownRegister;
        }

        // The ABI: the frame pointer of the outermost frame is 0.
        if (pointer == 0 && mayBeRoot)
        {
            return UnwindEnd.Root;
        }

        if (pointer < stackPointer)
        {
            return UnwindEnd.NoRule;
        }

        if (!stack.TryRead(pointer, out var callers) || !stack.TryRead(pointer + 8, out var returns))
        {
            return UnwindEnd.OutsideCopy;
        }

        var before = _registers;
        _registers.Keep(0);
        _registers.Set(architecture.FramePointer, callers);
        _registers.Set(architecture.StackPointer, pointer + 16);
        return Return(returns, before, isSignalFrame: false);
    }

    private static UnwindEnd EndOf(CfiExpressionEnd end) => end switch
    {
        CfiExpressionEnd.Value => UnwindEnd.Unknown,
        CfiExpressionEnd.OutsideCopy => UnwindEnd.OutsideCopy,
        CfiExpressionEnd.UnknownRegister => UnwindEnd.UnknownRegister,
        _ => UnwindEnd.Damaged,
    };
}
