using System.Buffers.Binary;
using System.Globalization;

namespace BpfInteractive.Tests.Symbols;

/// <summary>
/// Files that lie: whatever stands in them, reading ends in names or in a refusal. <c>BPFI_FUZZ_ROUNDS</c> makes the runs longer.
/// </summary>
public sealed class HostileSymbolFilesTests
{
    private static readonly int s_rounds = int.Parse(Environment.GetEnvironmentVariable("BPFI_FUZZ_ROUNDS") ?? "3000", CultureInfo.InvariantCulture);

    [Fact]
    public void Damaged_programs_give_names_or_a_refusal()
    {
        var originals = new[] { "/usr/bin/true", "/usr/bin/bash" }.Select(File.ReadAllBytes).Where(bytes => bytes.Length < 2_000_000).Append(VdsoImage.Own!).ToArray();
        var random = new Random(7);
        for (var round = 0; round < s_rounds; round++)
        {
            var bytes = Damage(originals[round % originals.Length], random);
            ReadAll(bytes, random);
        }
    }

    [Fact]
    public void Sizes_that_nobody_has_cost_no_memory()
    {
        var original = File.ReadAllBytes("/usr/bin/bash");
        var random = new Random(8);
        ulong[] sizes = [ulong.MaxValue, long.MaxValue, 1ul << 40, 1ul << 32, uint.MaxValue, 1 << 30, 0, 1, 23, 25];
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var rounds = Math.Min(s_rounds / 10, 5000);
        for (var round = 0; round < rounds; round++)
        {
            var bytes = (byte[])original.Clone();
            var sections = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(40));
            var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(60));
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                // One of the eight words of a section header, or of a program header.
                var at = random.Next(2) == 0 ? (int)sections + (random.Next(count) * 64) + (8 * random.Next(8)) : 64 + (8 * random.Next(70));
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), sizes[random.Next(sizes.Length)]);
            }

            ReadAll(bytes, random);
        }

        var perRound = (GC.GetTotalAllocatedBytes(precise: true) - before) / rounds;
        Assert.True(perRound < 10 * original.Length, $"{perRound:N0} bytes a round for a file of {original.Length:N0}");
    }

    [Fact]
    public void A_sparse_file_of_a_terabyte_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder["sparse"];
        File.Copy("/usr/bin/true", path);
        var length = new FileInfo(path).Length;
        using (var file = File.Open(path, FileMode.Open))
        {
            var header = new byte[64];
            file.ReadExactly(header);
            var sections = (long)BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(40));
            file.SetLength(1L << 40);
            var wide = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(wide, (ulong)length);
            BinaryPrimitives.WriteUInt64LittleEndian(wide.AsSpan(8), 1ul << 39);
            for (var section = 1; section < BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60)); section++)
            {
                file.Position = sections + (section * 64) + 24;
                file.Write(wide);
            }
        }

        Assert.Equal(FrameReason.Unreadable, new Symbolizer().Name(SymbolPrograms.ModuleOf("/usr/bin/true") with { Path = path }, 0x2000).Reason);
    }

    [Fact]
    public void A_name_that_means_gigabytes_stays_as_it_is()
    {
        // Each parameter is a pair of the one before: f(A<int, int>, A<A<int, int>, A<int, int>>, ...).
        const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        string Doubled(int levels) => "_Z1f1AIiiE" + string.Concat(Digits.Take(levels).Select(digit => $"S_IS{digit}_S{digit}_E"));
        Assert.StartsWith("f(A<int, int>, A<A<int, int>, A<int, int> >, ", Demangler.Demangle(Doubled(4)));
        Assert.Equal(Doubled(36), Demangler.Demangle(Doubled(36)));

        var arguments = "_Z1fI" + string.Concat(Digits.Take(30).Select((_, level) => level == 0 ? "1AIiiE" : $"1BIT{(level == 1 ? "" : Digits[level - 2])}_T{(level == 1 ? "" : Digits[level - 2])}_E")) + "EvT_";
        Assert.True(Demangler.Demangle(arguments).Length < 1 << 25);

        // Names of letters that mean earlier parts, packs and arguments, in any order.
        var random = new Random(11);
        string[] pieces = ["S_", "S0_", "S1_", "S9_", "SA_", "T_", "T0_", "I", "E", "J", "Dp", "1A", "2fo", "i", "P", "F", "v", "N", "St", "Sa", "R", "K", "sp", "X"];
        for (var round = 0; round < s_rounds * 10; round++)
        {
            var name = "_Z1f" + string.Concat(Enumerable.Range(0, random.Next(300)).Select(_ => pieces[random.Next(pieces.Length)]));
            Assert.True(Demangler.Demangle(name).Length < 1 << 24, name);
        }
    }

    [Fact]
    public void Damaged_perf_maps_kernel_symbols_and_notes_do_no_harm()
    {
        var map = "7f0000001000 40 void Foo::Bar(int)\n0x7f0000001040 20 other\n7f0000001020 40 later\n"u8.ToArray();
        var symbols = "ffffffff81000000 T _text\nffffffff81000100 t do_it\t[mod]\nffffffff81000200 W weak\n"u8.ToArray();
        var notes = File.ReadAllBytes("/sys/kernel/notes");
        var random = new Random(9);
        for (var round = 0; round < s_rounds * 3; round++)
        {
            var names = new FrameName[1];
            JitMap.Parse(Damage(map, random)).Name([(ulong)random.NextInt64()], names);
            KernelSymbolTable.Parse(Damage(symbols, random))?.Table.Find((ulong)random.NextInt64());
            ElfNotes.FindBuildId(Damage(notes, random));
        }
    }

    [Fact]
    public void Damaged_compressed_symbols_do_no_harm()
    {
        Require.Tool("xz");
        using var folder = new TemporaryFolder();
        SymbolPrograms.Run("objcopy", "-S", "--remove-section", ".comment", "/usr/bin/true", folder["mini"]);
        SymbolPrograms.Run("xz", folder["mini"]);
        File.Copy("/usr/bin/true", folder["program"]);
        SymbolPrograms.Run("objcopy", "--add-section", $".gnu_debugdata={folder["mini.xz"]}", folder["program"]);
        var original = File.ReadAllBytes(folder["program"]);
        var packed = File.ReadAllBytes(folder["mini.xz"]);
        var at = original.AsSpan().IndexOf(packed);
        var random = new Random(10);
        for (var round = 0; round < s_rounds / 5; round++)
        {
            var bytes = (byte[])original.Clone();
            Damage(packed, random).AsSpan().CopyTo(bytes.AsSpan(at));
            ReadAll(bytes, random);
        }
    }

    [Fact]
    public void What_packs_gigabytes_into_kilobytes_is_refused()
    {
        Require.Tool("xz");
        using var folder = new TemporaryFolder();
        SymbolPrograms.Run("sh", "-c", $"head -c 400M /dev/zero | xz -0 > {folder["bomb.xz"]}");
        File.Copy("/usr/bin/true", folder["program"]);
        SymbolPrograms.Run("objcopy", "--add-section", $".gnu_debugdata={folder["bomb.xz"]}", folder["program"]);
        using var file = ElfFile.Open(folder["program"]);
        Assert.Contains("MiB", Assert.Throws<SymbolFileException>(() => MiniDebugInfo.Read(file)).Message, StringComparison.Ordinal);
    }

    /// <summary>Cut short, or with some bits turned: half of them in the headers at the front and at the end.</summary>
    private static byte[] Damage(byte[] original, Random random)
    {
        var bytes = random.Next(3) == 0 ? original[..random.Next(original.Length)] : (byte[])original.Clone();
        for (var flips = random.Next(1, 6); flips > 0 && bytes.Length > 0; flips--)
        {
            var at = random.Next(4) switch
            {
                0 => random.Next(Math.Min(1024, bytes.Length)),
                1 => bytes.Length - 1 - random.Next(Math.Min(2048, bytes.Length)),
                _ => random.Next(bytes.Length),
            };
            bytes[at] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    }

    private static void ReadAll(byte[] bytes, Random random)
    {
        ElfFile file;
        try
        {
            file = ElfFile.Parse(bytes);
        }
        catch (SymbolFileException e)
        {
            Assert.NotEmpty(e.Message);
            return;
        }

        using (file)
        {
            ulong[] wanted = [0x1000, (ulong)random.Next(1 << 20) + 0x1000, 1 << 21];
            Func<ElfFile, SymbolTable>[] readers =
            [
                f => ElfSymbolReader.Read(f, ElfSymbolReader.Whole), f => ElfSymbolReader.Read(f, ElfSymbolReader.Exported), f => PltReader.Read(f), f => MiniDebugInfo.Read(f),
                f => ElfSymbolReader.Read(f, ElfSymbolReader.Whole, wanted), f => ElfSymbolReader.Read(f, ElfSymbolReader.Exported, wanted), f => PltReader.Read(f, wanted),
            ];
            foreach (var read in readers)
            {
                try
                {
                    DebugLink.Read(file);
                    file.ReadBuildId();
                    var table = read(file);
                    table.Find((ulong)random.NextInt64());
                    for (var i = 0; i < Math.Min(table.Count, 20); i++)
                    {
                        Demangler.Demangle(table.NameUtf8(i));
                        Assert.True(table.Find(table.StartOf(i)) >= 0 || table.SizeOf(i) == 0);
                    }

                    AddressMap.Of(file).TryGet((ulong)random.NextInt64(1 << 20), out _);
                }
                catch (SymbolFileException e)
                {
                    Assert.NotEmpty(e.Message);
                }
            }
        }
    }
}
