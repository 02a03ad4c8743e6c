using System.Globalization;

namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>
/// Files, stacks and registers that lie: unwinding ends with a reason, within bounded memory. 20,000 inputs; <c>BPFI_FUZZ_ROUNDS</c> makes each of the four runs longer.
/// </summary>
public sealed class HostileUnwindingTests
{
    private static readonly int s_rounds = int.Parse(Environment.GetEnvironmentVariable("BPFI_FUZZ_ROUNDS") ?? "5000", CultureInfo.InvariantCulture);

    private readonly StackUnwinder _unwinder = new(UnwindArchitecture.X64);
    private readonly UnwindFrame[] _frames = new UnwindFrame[64];
    private readonly CfiProgram _program = new();

    [Fact]
    public void Damaged_files_end_with_a_reason()
    {
        var originals = new[] { File.ReadAllBytes("/usr/bin/true"), VdsoImage.Own! };
        var random = new Random(70);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var round = 0; round < s_rounds; round++)
        {
            var bytes = (byte[])originals[round % originals.Length].Clone();
            Damage(bytes, random);
            if (TryRead(bytes) is { } table)
            {
                Walk(new OneFile(table), random);
            }
        }

        var perRound = (GC.GetTotalAllocatedBytes(precise: true) - before) / s_rounds;
        Assert.True(perRound < 1 << 20, $"{perRound:N0} bytes a round");
    }

    [Fact]
    public void Sections_of_noise_end_with_a_reason()
    {
        var random = new Random(71);
        for (var round = 0; round < s_rounds; round++)
        {
            var bytes = new byte[random.Next(1, 600)];
            random.NextBytes(bytes);

            // Lengths that fit, so that what they hold is looked at.
            for (var at = 0; at + 8 < bytes.Length; at += 4 + bytes[at])
            {
                (bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]) = ((byte)random.Next(8, 100), 0, 0, 0);
                var back = random.Next(3) == 0 ? 0 : at + 4;
                (bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]) = ((byte)back, (byte)(back >> 8), 0, 0);
            }

            var section = new CfiSection(bytes, new CfiPointer.Bases(HandmadeCode.Start), isDebugFrame: round % 2 == 1);
            var segment = new ElfFile.Segment(ElfFile.Segment.Load, 1, 0, HandmadeCode.Start, 1 << 16);
            var header = new byte[random.Next(1, 200)];
            random.NextBytes(header);
            (header[0], header[1 % header.Length], header[2 % header.Length], header[3 % header.Length]) = (1, 0x1b, 0x03, (byte)(random.Next(2) == 0 ? 0x3b : random.Next(256)));
            CfiIndex index = CfiHeaderIndex.Of(FileStretch.Of(header), HandmadeCode.Start, HandmadeCode.Start) is { } found && random.Next(2) == 0 ? found : CfiScannedIndex.Of(section);
            Walk(new OneFile(new UnwindTable([(section, index)], AddressMap.Of([segment]), UnwindArchitecture.X64)), random);
        }
    }

    [Fact]
    public void Instructions_of_noise_end_with_a_reason()
    {
        var random = new Random(72);
        for (var round = 0; round < s_rounds; round++)
        {
            var architecture = round % 2 == 0 ? UnwindArchitecture.X64 : UnwindArchitecture.Arm64;
            var code = new HandmadeCode(Noise(random, 20), architecture, dataUnit: random.Next(64));
            for (var function = 0; function < 8; function++)
            {
                code.Function(Noise(random, 60));
            }

            for (var place = 0; place < 16; place++)
            {
                code.Table.Find(HandmadeCode.Start + (ulong)random.Next(0x900), _program, out _);
            }

            if (architecture == UnwindArchitecture.X64)
            {
                Walk(code, random);
            }
        }
    }

    [Fact]
    public void Expressions_of_noise_end_with_a_value_or_a_reason()
    {
        var random = new Random(73);
        var expression = new CfiExpression();
        var ends = new HashSet<CfiExpressionEnd>();
        for (var round = 0; round < s_rounds; round++)
        {
            // Codes that exist, for the most part, so that the stack has something.
            byte[] bytes = [0x30, 0x31, 0x77, 0, .. Enumerable.Range(0, random.Next(1, 40)).Select(_ => (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(0x06, 0x50)))];
            var registers = UnwindRegisters.Of([.. Enumerable.Repeat(HandmadeCode.Stack, 17)]);
            ends.Add(expression.Evaluate(bytes, 0, bytes.Length, registers, new StackCopy(HandmadeCode.Stack, new byte[64]), random.Next(2) == 0 ? 8ul : null, out _));
        }

        Assert.Contains(CfiExpressionEnd.Value, ends);
        Assert.Contains(CfiExpressionEnd.Damaged, ends);
    }

    [Fact]
    public void Expressions_that_go_round_and_programs_without_end_are_damaged()
    {
        var registers = UnwindRegisters.Of(new ulong[17]);
        byte[] round = [0x2f, 0xfd, 0xff];
        byte[] pushing = [0x31, 0x2f, 0xfc, 0xff];
        Assert.Equal(CfiExpressionEnd.Damaged, new CfiExpression().Evaluate(round, 0, 3, registers, default, null, out _));
        Assert.Equal(CfiExpressionEnd.Damaged, new CfiExpression().Evaluate(pushing, 0, 4, registers, default, null, out _));

        var code = new HandmadeCode([0x0c, 7, 8]).Function([.. Enumerable.Repeat(new byte[] { 0x0a, 0x0b }, 100_000).SelectMany(pair => pair)]);
        Assert.Equal(UnwindKnowledge.Damaged, code.Table.Find(HandmadeCode.Start, _program, out _));
        code = new HandmadeCode([0x0c, 7, 8]).Function([.. Enumerable.Repeat((byte)0x0a, 100)]);
        Assert.Equal(UnwindKnowledge.Damaged, code.Table.Find(HandmadeCode.Start, _program, out _));
    }

    private static byte[] Noise(Random random, int most)
    {
        var bytes = new byte[random.Next(most)];
        random.NextBytes(bytes);
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] = random.Next(3) == 0 ? bytes[at] : (byte)(bytes[at] & 0x1f);
        }

        return [0x0c, 7, 8, .. bytes];
    }

    private static void Damage(byte[] bytes, Random random)
    {
        for (var changes = random.Next(1, 60); changes > 0; changes--)
        {
            // The headers, or anywhere.
            bytes[random.Next(4) == 0 ? random.Next(1024) : random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]) = (0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1);
    }

    private static UnwindTable? TryRead(byte[] bytes)
    {
        try
        {
            using var file = ElfFile.Parse(bytes);
            return UnwindTables.Read(file, UnwindArchitecture.X64);
        }
        catch (SymbolFileException)
        {
            return null;
        }
    }

    private void Walk<TMappings>(TMappings mappings, Random random)
        where TMappings : IUnwindMappings
    {
        var registers = new ulong[17];
        var stack = new byte[512];
        for (var walk = 0; walk < 8; walk++)
        {
            for (var word = 0; word < stack.Length / 8; word++)
            {
                BitConverter.TryWriteBytes(stack.AsSpan(8 * word), Word(random));
            }

            for (var register = 0; register < registers.Length; register++)
            {
                registers[register] = Word(random);
            }

            (registers[7], registers[16]) = (HandmadeCode.Stack, HandmadeCode.Start + (ulong)random.Next(0x9000));
            var result = _unwinder.Unwind(mappings, registers, new StackCopy(HandmadeCode.Stack, stack), _frames);
            Assert.NotEqual(UnwindEnd.Unknown, result.End);
            Assert.InRange(result.Frames, 1, _frames.Length);
        }
    }

    private static ulong Word(Random random) => random.Next(4) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => HandmadeCode.Stack + (ulong)random.Next(600),
        _ => HandmadeCode.Start + (ulong)random.Next(0x9000),
    };

    private sealed class OneFile(UnwindTable table) : IUnwindMappings
    {
        public bool TryFind(ulong address, out UnwindMapping mapping)
        {
            mapping = new UnwindMapping(HandmadeCode.Start, 0, table, false);
            return address - HandmadeCode.Start < 0x10000;
        }
    }
}
