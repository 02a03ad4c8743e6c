using BpfInteractive.Tests.Symbols;

namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>Tables of files that are held open, read where they are searched: the same as whole ones, and a reason once the file is not what it was.</summary>
public sealed class HeldTablesTests : IDisposable
{
    private const int Places = 4000;

    private readonly TemporaryFolder _folder = new();
    private readonly CfiProgram _program = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("libc")]
    [InlineData("/usr/bin/python3")]
    [InlineData("/usr/bin/node")]
    [InlineData("/usr/bin/sort")]
    public void They_say_what_whole_tables_say_and_take_less(string path)
    {
        path = path == "libc" ? SymbolPrograms.Libc : path;
        Require.File(path);
        using var file = ElfFile.Open(path);
        var held = UnwindTables.ReadHeld(file, UnwindArchitecture.X64);
        var whole = UnwindTables.Read(file, UnwindArchitecture.X64);
        Assert.True(held.SizeBytes < whole.SizeBytes / 2, $"{held.SizeBytes:N0} and {whole.SizeBytes:N0} bytes");

        var found = Compare(held, whole, file, new Random(path.Length), Places);

        Assert.True(found > Places / 2, $"{found} steps say that little was compared");
    }

    [Fact]
    public void Damaged_tables_are_read_the_same()
    {
        var original = File.ReadAllBytes(SymbolPrograms.Libc);
        using var parsed = ElfFile.Parse(original);
        var tables = parsed.Sections.Where(section => section.Name is ".eh_frame" or ".eh_frame_hdr").ToArray();
        var random = new Random(74);
        var found = 0;
        for (var round = 0; round < 40; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var changes = 0; changes < 2000; changes++)
            {
                // Each other round the headers of the tables too, without which nothing is found.
                var table = tables[random.Next(tables.Length)];
                bytes[(int)table.Offset + random.Next(round % 2 == 0 ? 16 : 0, (int)table.Size)] = (byte)random.Next(256);
            }

            var path = _folder[$"{round}"];
            File.WriteAllBytes(path, bytes);
            using var file = ElfFile.Open(path);
            found += Compare(UnwindTables.ReadHeld(file, UnwindArchitecture.X64), UnwindTables.Read(file, UnwindArchitecture.X64), file, random, 200);
            File.Delete(path);
        }

        Assert.InRange(found, 500, 40 * 200);
    }

    [Theory]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public void Compressed_tables_say_what_plain_ones_say(string compression)
    {
        // Many functions, for a section that does not become smaller is not compressed.
        var source = string.Concat(Enumerable.Range(0, 200).Select(n => FormattableString.Invariant($"__attribute__((noinline)) int f{n}(int *p) {{ int room[{n + 8}]; p[{n}] = g(room); return room[p[1]] + g(p); }}\n")));
        var plain = LinesTests.Build(_folder, "gcc", ["-g", "-fno-asynchronous-unwind-tables", "-fno-stack-protector"], $"int g(int *); {source} int g(int *p) {{ return p[2]; }} int main(void) {{ return 0; }}");
        var path = _folder["compressed"];
        SymbolPrograms.Run("objcopy", $"--compress-debug-sections={compression}", plain, path);
        using var file = ElfFile.Open(path);
        Assert.Equal(0x800ul, file.Find(".debug_frame")!.Value.Flags & 0x800);
        using var reference = ElfFile.Open(plain);
        var compressed = UnwindTables.ReadHeld(file, UnwindArchitecture.X64);

        var found = Compare(compressed, UnwindTables.Read(reference, UnwindArchitecture.X64), file, new Random(73), Places);

        Assert.True(found > Places / 2, $"{found} steps say that little was compared");
    }

    [Theory]
    [InlineData("made shorter")]
    [InlineData("written over")]
    [InlineData("closed")]
    public void A_file_that_is_not_what_it_was_is_a_reason(string how)
    {
        var path = Copy();
        using var pins = new PinnedFiles();
        var module = SymbolPrograms.ModuleOf(path);
        Assert.True(pins.Pin(module, Environment.ProcessId, 0, 0).IsPinned);
        Assert.True(pins.TryGet(module, out var handle));
        using var file = ElfFile.Borrow(handle);
        using var reference = ElfFile.Open(SymbolPrograms.Libc);
        var held = UnwindTables.ReadHeld(file, UnwindArchitecture.X64);
        var whole = UnwindTables.Read(reference, UnwindArchitecture.X64);
        var code = CodeOf(file);
        Assert.Equal(UnwindKnowledge.Step, held.Find(code.Address + (code.FileSize / 2), _program, out var known));

        switch (how)
        {
            case "made shorter":
                using (var shorter = File.OpenWrite(path))
                {
                    shorter.SetLength(1 << 16);
                }

                break;
            case "written over":
                // Its time has the kernel's tick, and so has this.
                Thread.Sleep(20);
                using (var over = File.OpenWrite(path))
                {
                    over.Write(new byte[64]);
                }

                break;
            default:
                pins.Dispose();
                break;
        }

        // What was found is kept; what lies in a block that was read before may be found; nothing else is, and nothing is another than it was.
        Assert.Equal(UnwindKnowledge.Step, held.Find(code.Address + (code.FileSize / 2), _program, out var again));
        Assert.Equal(known, again);
        var lost = 0;
        for (var place = code.Address; place < code.Address + code.FileSize; place += 509)
        {
            var told = held.Find(place, _program, out var step);
            lost += told == UnwindKnowledge.Damaged ? 1 : 0;
            if (told == UnwindKnowledge.Step)
            {
                Assert.Equal(UnwindKnowledge.Step, whole.Find(place, _program, out var right));
                Assert.Equal((right.FrameRegister, right.FrameValue), (step.FrameRegister, step.FrameValue));
            }
            else
            {
                Assert.Equal(UnwindKnowledge.Damaged, told);
            }
        }

        Assert.True(lost > (int)(code.FileSize / 509) * 9 / 10, $"{lost}");
        Assert.Equal(UnwindEnd.Damaged, End(held, code.Offset + code.FileSize - 64));
    }

    [Fact]
    public void A_file_that_got_another_name_or_none_is_read_on()
    {
        var path = Copy();
        using var file = ElfFile.Open(path);
        using var reference = ElfFile.Open(SymbolPrograms.Libc);
        var held = UnwindTables.ReadHeld(file, UnwindArchitecture.X64);

        File.Move(path, path + ".old");
        File.WriteAllText(path, "another");
        var found = Compare(held, UnwindTables.Read(reference, UnwindArchitecture.X64), file, new Random(1), 500);
        File.Delete(path + ".old");
        found += Compare(held, UnwindTables.Read(reference, UnwindArchitecture.X64), file, new Random(2), 500, isSameOrder: false);

        Assert.True(found > 600, $"{found}");
    }

    [Fact]
    public void Pieces_of_a_stretch_are_those_of_the_file_and_no_more_is_kept_than_may_be()
    {
        var bytes = new byte[3 << 20];
        new Random(75).NextBytes(bytes);
        var path = _folder["bytes"];
        File.WriteAllBytes(path, bytes);
        using var handle = File.OpenHandle(path);
        const int From = 12_345;
        var stretch = FileStretch.Of(handle, FileStamp.Of(handle), From, bytes.Length - From - 777);
        var random = new Random(76);
        for (var round = 0; round < 20_000; round++)
        {
            var length = random.Next(1, round % 100 == 0 ? 100_000 : 100);
            var at = random.Next(stretch.Length - length + 1);
            Assert.True(stretch.Take(at, length).SequenceEqual(bytes.AsSpan(From + at, length)), $"{length} bytes at {at}");
        }

        Assert.InRange(stretch.SizeBytes, FileStretch.MostBlocks * FileStretch.BlockBytes, (FileStretch.MostBlocks * FileStretch.BlockBytes) + (1 << 18));
        Assert.True(stretch.Take(stretch.Length - 4, 4).SequenceEqual(bytes.AsSpan(bytes.Length - 777 - 4, 4)));
        Assert.True(stretch.Take(stretch.Length - 4, 5).IsEmpty);
        Assert.True(stretch.Take(-1, 5).IsEmpty);
        Assert.True(stretch.Take(int.MaxValue, int.MaxValue).IsEmpty);
        Assert.True(stretch.Take(0, FileStretch.LongestPiece + 1).IsEmpty);
        Assert.True(new CfiSection(stretch, default, isDebugFrame: false).Reader(0, FileStretch.LongestPiece + 1).IsBroken); // not one that is at its end
        Assert.False(stretch.IsLost);
    }

    /// <summary>Holds two tables against each other at places of a file's code, and gives how many have a step.</summary>
    private int Compare(UnwindTable one, UnwindTable other, ElfFile file, Random random, int places, bool isSameOrder = true)
    {
        var code = CodeOf(file);
        var found = 0;
        for (var place = 0; place < places; place++)
        {
            var address = code.Address + (ulong)random.NextInt64((long)code.FileSize);
            var (first, second) = (one.Find(address, _program, out var step), other.Find(address, _program, out var expected));
            Assert.Equal(second, first);
            found += first == UnwindKnowledge.Step ? 1 : 0;
            if (isSameOrder)
            {
                Assert.Equal(expected, step);
                Assert.Equal(other.RulesOf(expected), one.RulesOf(step));
                Assert.Equal(other.Expressions, one.Expressions);
            }
            else
            {
                Assert.Equal((expected.FrameRegister, expected.FrameValue), (step.FrameRegister, step.FrameValue));
            }
        }

        return found;
    }

    /// <summary>How the walk of a stack ends whose leaf is at a place of the file.</summary>
    private static UnwindEnd End(UnwindTable table, ulong offset)
    {
        var registers = new ulong[UnwindArchitecture.X64.Registers];
        registers[UnwindArchitecture.X64.StackPointer] = HandmadeCode.Stack;
        registers[UnwindArchitecture.X64.FramePointer] = HandmadeCode.Stack;
        registers[UnwindArchitecture.X64.ProgramCounter] = offset;
        return new StackUnwinder(UnwindArchitecture.X64).Unwind(new WholeFile(table), registers, new StackCopy(HandmadeCode.Stack, new byte[512]), new UnwindFrame[16]).End;
    }

    private static ElfFile.Segment CodeOf(ElfFile file) => file.Segments.First(segment => segment.Kind == ElfFile.Segment.Load && segment.IsExecutable);

    private string Copy()
    {
        var path = _folder["libc.so"];
        File.Copy(SymbolPrograms.Libc, path);
        return path;
    }

    private sealed class WholeFile(UnwindTable table) : IUnwindMappings
    {
        public bool TryFind(ulong address, out UnwindMapping mapping)
        {
            mapping = new UnwindMapping(0, 0, table, false);
            return true;
        }
    }
}
