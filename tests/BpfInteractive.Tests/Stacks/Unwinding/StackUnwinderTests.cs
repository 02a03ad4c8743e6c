namespace BpfInteractive.Tests.Stacks.Unwinding;

public sealed class StackUnwinderTests
{
    private const ulong First = HandmadeCode.Start + 0x10;
    private const ulong Second = HandmadeCode.Start + HandmadeCode.FunctionSize + 0x10;
    private const ulong Third = Second + HandmadeCode.FunctionSize;

    /// <summary>What every compiler says of x86-64: the frame is at rsp + 8, the return address below it.</summary>
    private static readonly byte[] s_usual = [0x0c, 7, 8, 0x80 | 16, 1];

    /// <summary>The return address is undefined.</summary>
    private static readonly byte[] s_root = [0x07, 16];

    [Fact]
    public void Callers_are_found_up_to_the_root()
    {
        var code = new HandmadeCode(s_usual).Function([0x0e, 24]).Function([0x0e, 16]).Function(s_root);

        var (result, addresses) = code.Unwind(First, [1, 2, Second, 3, Third, 4]);

        Assert.Equal([First, Second, Third], addresses);
        Assert.Equal(new UnwindResult(3, UnwindMethods.Tables, UnwindEnd.Root), result);
    }

    [Fact]
    public void What_holds_depends_on_the_place_in_the_function()
    {
        var code = new HandmadeCode(s_usual).Function([0x41, 0x0e, 16, 0x48, 0x0e, 24, 0x02, 0x40, 0x0a, 0x0e, 8, 0x42, 0x0b]).Function(s_root);
        ulong[] stack = [Second, Second + 1, Second + 2, 0];

        ulong CallerAt(ulong place) => code.Unwind(HandmadeCode.Start + place, stack).Addresses[1];

        Assert.Equal(Second, CallerAt(0));
        Assert.Equal(Second + 1, CallerAt(1));
        Assert.Equal(Second + 1, CallerAt(8));
        Assert.Equal(Second + 2, CallerAt(9));
        Assert.Equal(Second, CallerAt(0x49)); // remembered, then changed
        Assert.Equal(Second + 2, CallerAt(0x4b)); // restored
    }

    [Fact]
    public void A_call_at_the_end_of_a_function_belongs_to_it()
    {
        var code = new HandmadeCode(s_usual).Function().Function(s_root).Function([0x0f, 1, 0x30]);

        var (result, _) = code.Unwind(First, [HandmadeCode.Start + (2 * HandmadeCode.FunctionSize)]);

        Assert.Equal(UnwindEnd.Root, result.End);
    }

    [Fact]
    public void What_a_signal_interrupted_is_not_looked_up_before_its_place()
    {
        var handler = new HandmadeCode(s_usual, augmentation: "zRS").Function().Function(s_root).Function([0x07, 16]);
        var place = HandmadeCode.Start + HandmadeCode.FunctionSize;
        var frames = new UnwindFrame[4];
        var registers = new ulong[17];
        (registers[7], registers[16]) = (HandmadeCode.Stack, First);

        var result = new StackUnwinder(UnwindArchitecture.X64).Unwind(handler, registers, new StackCopy(HandmadeCode.Stack, BitConverter.GetBytes(place)), frames);

        Assert.Equal(2, result.Frames);
        Assert.Equal(new UnwindFrame(place, IsExact: true), frames[1]);
        Assert.Equal(UnwindEnd.Root, result.End); // by the second function's rule: one byte before is the first one's
    }

    [Fact]
    public void A_register_that_was_popped_keeps_its_value()
    {
        // rbp was saved 16 below the frame; at rsp + 8 that is below the stack pointer.
        var code = new HandmadeCode(s_usual).Function([0x80 | 6, 2]).Function([0x0c, 6, 16]).Function(s_root);

        var (result, addresses) = code.Unwind(First, [Second, 0, Third, 0], (6, HandmadeCode.Stack + 8));

        Assert.Equal([First, Second, Third], addresses);
        Assert.Equal(UnwindEnd.Root, result.End);
    }

    [Fact]
    public void Registers_come_from_memory_from_others_and_from_expressions()
    {
        // rbx is what r12 was; r13 is the frame - 8; r14 is what stands where the expression says; r15 is an expression's value.
        byte[] program = [0x09, 3, 12, 0x14, 13, 1, 0x10, 14, 2, 0x23, 8, 0x16, 15, 2, 0x38, 0x22];
        ulong[] stack = [Second, Second + 1, HandmadeCode.Stack + 24, Third, Third + 1];

        // The next frame goes by one of them: the return address is 8 below it.
        ulong CallerBy(byte register, byte offset) => new HandmadeCode(s_usual)
            .Function(program).Function([0x0c, register, offset]).Function(s_root).Unwind(First, stack, (12, HandmadeCode.Stack + 32)).Addresses[2];

        Assert.Equal(Third, CallerBy(3, 0));
        Assert.Equal(Third, CallerBy(13, 32)); // the frame at the stack + 8, less 8
        Assert.Equal(Third + 1, CallerBy(14, 16)); // the word at the frame + 8: the stack + 24
        Assert.Equal(Third, CallerBy(15, 16)); // the frame and 8
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(11, 16)]
    public void The_expression_of_a_linkage_table_tells_whether_its_push_is_done(ulong place, ulong frame)
    {
        byte[] expression = [0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22];
        var code = new HandmadeCode(s_usual).Function([0x0f, 11, .. expression]).Function(s_root);

        var (_, addresses) = code.Unwind(HandmadeCode.Start + place, [Second, Second + 1, 0]);

        Assert.Equal(Second + (frame / 16), addresses[1]);
    }

    [Fact]
    public void Where_nothing_is_said_the_frame_pointer_is_followed()
    {
        var code = new HandmadeCode(s_usual).Function(s_root);

        var (result, addresses) = code.Unwind(Second, [1, 2, HandmadeCode.Stack + 32, Third, HandmadeCode.Stack + 48, First, 0, 0], (6, HandmadeCode.Stack + 16));

        Assert.Equal([Second, Third, First], addresses);
        Assert.Equal(new UnwindResult(3, UnwindMethods.Tables | UnwindMethods.FramePointers, UnwindEnd.Root), result);
    }

    [Theory]
    [InlineData(false, "Root")]
    [InlineData(true, "NoRule")]
    public void A_frame_pointer_of_0_is_the_root_of_a_program_yet_says_nothing_in_code_made_at_run_time(bool isAnonymous, string end)
    {
        var code = new HandmadeCode(s_usual) { IsAnonymous = isAnonymous };

        var (result, _) = code.Unwind(Second, [1, 2, 0, Third], (6, HandmadeCode.Stack + 16));

        Assert.Equal(Enum.Parse<UnwindEnd>(end), result.End);
    }

    [Theory]
    [InlineData(5, HandmadeCode.Stack, "Root")]
    [InlineData(5, 0ul, "Root")]
    [InlineData(11, 0x246ul, "Root")]
    [InlineData(5, 1ul, "NoRule")]
    [InlineData(3, HandmadeCode.Start, "NoRule")]
    public void A_program_s_first_instructions_have_no_caller(int register, ulong value, string end)
    {
        var (result, addresses) = new HandmadeCode(s_usual).Unwind(First, [1, HandmadeCode.Stack + 64, 0], (register, value));

        Assert.Equal(Enum.Parse<UnwindEnd>(end), result.End);
        Assert.Equal([First], addresses);
    }

    [Fact]
    public void Every_way_to_stop_short_has_a_reason()
    {
        var code = new HandmadeCode(s_usual).Function([0x0e, 64]).Function([0x0d, 0]).Function([0x0b]).Function([0x0f, 1, 0x06]).Function([0x09, 16, 16, 0x0e, 0]);
        ulong At(int function) => HandmadeCode.Start + ((ulong)function * HandmadeCode.FunctionSize) + 1;

        Assert.Equal(UnwindEnd.OutsideCopy, code.Unwind(At(0), [1, 2]).Result.End);
        Assert.Equal(UnwindEnd.OutsideCode, code.Unwind(At(0), [1, 2, 3, 4, 5, 6, 7, 8]).Result.End);
        Assert.Equal(UnwindEnd.OutsideCode, code.Unwind(8, []).Result.End);
        Assert.Equal(UnwindEnd.UnknownRegister, code.Unwind(At(0), [1, 2, 3, 4, 5, 6, 7, At(1)]).Result.End);
        Assert.Equal(UnwindEnd.Damaged, code.Unwind(At(2), [1]).Result.End);
        Assert.Equal(UnwindEnd.Damaged, code.Unwind(At(3), [1]).Result.End);
        Assert.Equal(UnwindEnd.NoProgress, code.Unwind(At(4), [1]).Result.End);
        Assert.Equal(UnwindEnd.NoRule, code.Unwind(At(9), [1], (6, 5)).Result.End);
        Assert.Equal(UnwindEnd.Root, code.Unwind(At(0), [1, 2, 3, 4, 5, 6, 7, 0]).Result.End);
    }

    [Fact]
    public void A_stack_deeper_than_there_is_room_for_says_so()
    {
        var code = new HandmadeCode(s_usual).Function();

        var (result, addresses) = code.Unwind(First, [.. Enumerable.Repeat(First, 100)]);

        Assert.Equal(64, addresses.Length);
        Assert.Equal(UnwindEnd.TooDeep, result.End);
    }

    [Fact]
    public void On_aarch64_a_leaf_has_its_return_address_in_a_register()
    {
        const ulong Signature = 0x55aa_0000_0000_0000;
        var code = new HandmadeCode([0x0c, 31, 0], UnwindArchitecture.Arm64)
            .Function()
            .Function([0x2d, 0x0e, 32, 0x80 | 29, 4, 0x80 | 30, 3])
            .Function([0x07, 30]);

        var (result, addresses) = code.Unwind(First, [0, Third | Signature, 0, 0], (30, Second));

        Assert.Equal([First, Second, Third], addresses);
        Assert.Equal(UnwindEnd.Root, result.End);
    }

    [Fact]
    public void Known_steps_are_taken_without_allocating()
    {
        var code = new HandmadeCode(s_usual).Function([0x0e, 24]).Function([0x0e, 16]).Function(s_root);
        var unwinder = new StackUnwinder(UnwindArchitecture.X64);
        var registers = new ulong[17];
        (registers[7], registers[16]) = (HandmadeCode.Stack, First);
        var bytes = new byte[48];
        Buffer.BlockCopy(new ulong[] { 1, 2, Second, 3, Third, 4 }, 0, bytes, 0, bytes.Length);
        var frames = new UnwindFrame[16];
        var found = 0;
        void Unwind() => found += unwinder.Unwind(code, registers, new StackCopy(HandmadeCode.Stack, bytes), frames).Frames;

        Unwind();

        Assert.Equal(3, found);
        Assert.Equal(0, Allocations.Least(Unwind));
    }

    [Fact]
    public void A_table_that_knows_many_steps_begins_anew()
    {
        var code = new HandmadeCode(s_usual);
        for (var function = 0; function < 250; function++)
        {
            code.Function();
        }

        var program = new CfiProgram();
        var most = 0L;
        for (var round = 0; round < 3; round++)
        {
            for (var place = 0ul; place < 250 * HandmadeCode.FunctionSize; place++)
            {
                Assert.Equal(UnwindKnowledge.Step, code.Table.Find(HandmadeCode.Start + place, program, out _));
                most = Math.Max(most, code.Table.SizeBytes);
            }
        }

        Assert.True(250 * HandmadeCode.FunctionSize > UnwindTable.MostSteps);
        Assert.InRange(most, 1, 8 << 20);
    }
}
