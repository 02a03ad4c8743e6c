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
