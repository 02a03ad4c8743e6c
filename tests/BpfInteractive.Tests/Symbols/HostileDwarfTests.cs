using System.Buffers.Binary;
using System.Globalization;

namespace BpfInteractive.Tests.Symbols;

/// <summary>
/// Debug information that lies: reading ends in lines or in a refusal, within bounded memory and work. 20,000 inputs; <c>BPFI_FUZZ_ROUNDS</c> makes each of the runs longer.
/// </summary>
[Slow]
public sealed class HostileDwarfTests
{
    private static readonly int s_rounds = int.Parse(Environment.GetEnvironmentVariable("BPFI_FUZZ_ROUNDS") ?? "5000", CultureInfo.InvariantCulture);

    /// <summary>What one file may allocate: the work that any file may make, in rows of lines.</summary>
    private const long MostBytes = 256 << 20;

    [Theory]
    [InlineData("gcc", "-gdwarf-4", true)]
    [InlineData("gcc", "-gdwarf-5", false)]
    [InlineData("clang", "-gdwarf-4", false)]
    [InlineData("clang", "-gdwarf-5", true)]
    public void Damaged_debug_information_gives_lines_or_a_refusal(string compiler, string option, bool cxx)
    {
        using var folder = new TemporaryFolder();
        var path = LinesTests.Build(folder, compiler, [option], cxx ? LinesTests.Cxx : LinesTests.C);
        var original = File.ReadAllBytes(path);
        using var whole = ElfFile.Parse(original);
        var sections = whole.Sections.Where(section => section.Name.StartsWith(".debug_", StringComparison.Ordinal) && section.Size > 0).ToArray();
        var code = whole.Find(".text")!.Value;
        var random = new Random(compiler.Length + option[^1]);
        var (lines, refusals) = (0, 0);
        for (var round = 0; round < s_rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var bytes = (byte[])original.Clone();
            for (var changes = random.Next(1, 12); changes > 0; changes--)
            {
                Damage(bytes, sections[random.Next(sections.Length)], random);
            }

            try
            {
                using var elf = ElfFile.Parse(bytes);
                var info = DwarfInfo.Read(elf);
                for (var place = 0; place < 16; place++)
                {
                    lines += info?.Find(code.Address + (ulong)random.NextInt64((long)code.Size), null, demangle: true).Length ?? 0;
                }
            }
            catch (SymbolFileException)
            {
                refusals++;
            }

            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < MostBytes, $"{taken:N0} bytes in round {round} for a file of {original.Length:N0}");
        }

        Assert.True(lines > s_rounds && refusals > s_rounds / 20, $"{lines} lines and {refusals} refusals say that little was tried");
    }

    [Theory]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public void Damaged_compressed_sections_give_lines_or_a_refusal(string compression)
    {
        using var folder = new TemporaryFolder();
        var path = LinesTests.Build(folder, "gcc", ["-gdwarf-5"], LinesTests.Cxx);
        SymbolPrograms.Run("objcopy", $"--compress-debug-sections={compression}", path);
        var original = File.ReadAllBytes(path);
        using var whole = ElfFile.Parse(original);
        var sections = whole.Sections.Where(section => section.Name.StartsWith(".debug_", StringComparison.Ordinal) && (section.Flags & 0x800) != 0).ToArray();
        var code = whole.Find(".text")!.Value;
        var random = new Random(compression[1]);
        var (lines, refusals) = (0, 0);
        for (var round = 0; round < Math.Max(500, s_rounds / 10); round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var bytes = (byte[])original.Clone();

            // Each fourth round the header and the first frame's alone.
            var section = sections[random.Next(sections.Length)];
            Damage(bytes, round % 4 == 0 ? section with { Size = 48 } : section, random);
            try
            {
                using var elf = ElfFile.Parse(bytes);
                lines += DwarfInfo.Read(elf)?.Find(code.Address + (ulong)random.NextInt64((long)code.Size), null, demangle: true).Length ?? 0;
            }
            catch (SymbolFileException)
            {
                refusals++;
            }

            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < MostBytes, $"{taken:N0} bytes in round {round} for a file of {original.Length:N0}");
        }

        Assert.True(lines > 50 && refusals > 100, $"{lines} lines and {refusals} refusals say that little was tried");
    }

    [Theory]
    [InlineData("-gdwarf-5", false)]
    [InlineData("-gdwarf-4", false)]
    [InlineData("-gdwarf-5", true)]
    public void Damaged_split_debug_information_gives_lines_or_a_refusal(string version, bool isPackage)
    {
        using var folder = new TemporaryFolder();
        var (path, _) = LinesTests.BuildSplit(folder, "gcc", version, LinesTests.Cxx);
        var split = LinesTests.DwosOf(folder).First(dwo => dwo.Contains("program.dwo", StringComparison.Ordinal));
        if (isPackage)
        {
            Require.Tool("llvm-dwp");
            SymbolPrograms.Run("llvm-dwp", ["-o", path + ".dwp", .. LinesTests.DwosOf(folder)]);
            Array.ForEach(LinesTests.DwosOf(folder), File.Delete);
            split = path + ".dwp";
        }

        var original = File.ReadAllBytes(split);
        using var whole = ElfFile.Parse(original);
        var sections = whole.Sections.Where(section => section.Name.StartsWith(".debug_", StringComparison.Ordinal) && section.Size > 0).ToArray();
        using var program = ElfFile.Open(path);
        var code = program.Find(".text")!.Value;
        var random = new Random(version[^1] + (isPackage ? 1 : 0));
        var (lines, inlined, refusals) = (0, 0, 0);
        for (var round = 0; round < Math.Max(500, s_rounds / 10); round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var bytes = (byte[])original.Clone();
            for (var changes = random.Next(1, 12); changes > 0; changes--)
            {
                Damage(bytes, sections[random.Next(sections.Length)], random);
            }

            File.WriteAllBytes(split, bytes);
            var info = DwarfInfo.Read(program, null, new SplitFiles(path))!;
            for (var place = 0; place < 16; place++)
            {
                // The file that runs is whole, so a place with a line has that.
                var found = info.Find(code.Address + (ulong)random.NextInt64((long)code.Size), null, demangle: true, out var why);
                (lines, inlined, refusals) = (lines + Math.Min(found.Length, 1), inlined + (found.Length > 1 ? 1 : 0), refusals + (why == FrameReason.None ? 0 : 1));
            }

            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < MostBytes, $"{taken:N0} bytes in round {round} for a file of {original.Length:N0}");
        }

        Assert.True(lines > 5000 && inlined > 100 && refusals > 100, $"{lines} lines, {inlined} inlined and {refusals} refusals say that little was tried");
    }

    [Fact]
    public void A_size_that_zstd_does_not_reach_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = LinesTests.Build(folder, "gcc", ["-gdwarf-5"], LinesTests.Cxx);
        SymbolPrograms.Run("objcopy", "--compress-debug-sections=zstd", path);
        var bytes = File.ReadAllBytes(path);
        using var whole = ElfFile.Parse(bytes);
        var info = whole.Find(".debug_info")!.Value;
        var size = bytes.AsSpan((int)info.Offset + 8, 8);
        var right = BinaryPrimitives.ReadUInt64LittleEndian(size);

        Assert.NotNull(DwarfInfo.Read(whole));
        foreach (var (wrong, why) in new[] { (right + 1, "shorter than it says"), (right - 1, "damaged"), (ulong.MaxValue, "larger than may be"), (512ul << 20, "more than such sections can be") })
        {
            BinaryPrimitives.WriteUInt64LittleEndian(size, wrong);
            Assert.Contains(why, Assert.Throws<SymbolFileException>(() => DwarfInfo.Read(whole)).Message, StringComparison.Ordinal);
        }

        // What the format was before its first version that lasts has decoders of its own.
        BinaryPrimitives.WriteUInt64LittleEndian(size, right);
        bytes[(int)info.Offset + 24] = 0x27;
        Assert.Contains("no frame", Assert.Throws<SymbolFileException>(() => DwarfInfo.Read(whole)).Message, StringComparison.Ordinal);
    }

    private static void Damage(byte[] bytes, ElfFile.Section section, Random random)
    {
        var at = (int)section.Offset + random.Next((int)section.Size);
        switch (random.Next(4))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                var length = Math.Min(random.Next(1, 9), (int)(section.Offset + section.Size) - at);
                bytes.AsSpan(at, length).Fill((byte)(random.Next(2) == 0 ? 0xff : 0));
                break;
            default:
                // One piece over another: kinds and forms that exist, in other places.
                var from = (int)section.Offset + random.Next((int)section.Size);
                var most = (int)(section.Offset + section.Size) - Math.Max(at, from);
                bytes.AsSpan(from, Math.Min(most, random.Next(1, 64))).ToArray().CopyTo(bytes.AsSpan(at));
                break;
        }
    }
}
