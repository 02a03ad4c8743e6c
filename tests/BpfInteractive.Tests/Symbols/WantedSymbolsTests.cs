using System.Text;

namespace BpfInteractive.Tests.Symbols;

/// <summary>Tables of which only what a few addresses need was read, against the whole tables.</summary>
public sealed class WantedSymbolsTests
{
    public static TheoryData<string> Files => [SymbolPrograms.Libc, "/usr/bin/bash", "/usr/bin/python3", .. new[] { "/usr/bin/node", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3" }.Where(File.Exists)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Addresses_have_the_functions_that_the_whole_table_gives_them(string path)
    {
        using var elf = ElfFile.Open(path);
        var found = 0;
        foreach (var table in (string[])[ElfSymbolReader.Whole, ElfSymbolReader.Exported])
        {
            found += Compare(elf, table, new Random(5), rounds: 20);
        }

        Assert.True(found > 100, $"{found} of the addresses are in functions");
    }

    [Fact]
    public void Nested_functions_aliases_labels_and_functions_without_a_size_are_what_they_are_in_the_whole_table()
    {
        using var folder = new TemporaryFolder();
        var program = SymbolPrograms.Compile(folder, "odd", """
            asm(".globl outer, _outer, inner, weak_name\n.weak weak_name\n.type outer,@function\n.type _outer,@function\n.type weak_name,@function\n.type inner,@function\n"
                "outer: _outer: weak_name: nop\nnop\nnop\ninner: nop\nnop\n.size inner,.-inner\nlabel: nop\nnop\nnop\n.size outer,.-outer\n.size _outer,2\n.size weak_name,8\n"
                ".type unsized,@function\nunsized: nop\nnop\nbare_label: nop\nnop\n.type last,@function\nlast: nop\n.size last,1\nnop\nnop\n");
            int main(void) { return 0; }
            """);
        using var elf = ElfFile.Open(program);
        var whole = ElfSymbolReader.Read(elf, ElfSymbolReader.Whole);
        var from = Enumerable.Range(0, whole.Count).Min(whole.StartOf) - 4;
        for (var address = from; address < from + 600; address++)
        {
            Assert.Equal(Describe(whole, address), Describe(ElfSymbolReader.Read(elf, ElfSymbolReader.Whole, [address]), address));
            Assert.Equal(Describe(whole, address), Describe(ElfSymbolReader.Read(elf, ElfSymbolReader.Whole, [address - 3, address, address + 2]), address));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Stubs_have_the_names_that_the_whole_table_gives_them(string path)
    {
        using var elf = ElfFile.Open(path);
        var whole = PltReader.Read(elf);
        var random = new Random(3);
        Assert.True(whole.Count > 5, $"{whole.Count} stubs");
        for (var round = 0; round < 40; round++)
        {
            var wanted = Enumerable.Range(0, random.Next(1, 100)).Select(_ => whole.StartOf(random.Next(whole.Count)) + (ulong)random.Next(-20, 20)).Order().ToArray();
            var some = PltReader.Read(elf, wanted);
            Assert.Equal(wanted.Select(address => Describe(whole, address)), wanted.Select(address => Describe(some, address)));
            Assert.InRange(some.Count, 0, wanted.Length);
        }
    }

    [Fact]
    public void Where_no_wanted_address_is_in_a_function_the_file_is_known_to_have_some()
    {
        using var elf = ElfFile.Open(SymbolPrograms.Libc);
        var none = ElfSymbolReader.Read(elf, ElfSymbolReader.Exported, [1]);
        Assert.Equal((0, true), (none.Count, none.HasFunctions));
        Assert.Equal(-1, none.Find(1));
    }

    [Fact]
    public void Damaged_tables_give_the_same_or_are_refused()
    {
        var original = File.ReadAllBytes("/usr/bin/bash");
        var random = new Random(9);
        for (var round = 0; round < 300; round++)
        {
            var bytes = (byte[])original.Clone();
            using var sound = ElfFile.Parse(original);
            var table = sound.Find(ElfSymbolReader.Exported)!.Value;
            for (var changes = random.Next(1, 200); changes > 0; changes--)
            {
                bytes[(int)table.Offset + random.Next((int)table.Size)] = (byte)random.Next(256);
            }

            using var damaged = ElfFile.Parse(bytes);
            Compare(damaged, ElfSymbolReader.Exported, random, rounds: 1);
        }
    }

    private static int Compare(ElfFile elf, string table, Random random, int rounds)
    {
        var whole = ElfSymbolReader.Read(elf, table);
        var found = 0;
        for (var round = 0; round < rounds && whole.Count > 0; round++)
        {
            // Beginnings, ends, what is around them, and places anywhere.
            var wanted = Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(whole.Count)).Select(index => random.Next(4) switch
            {
                0 => whole.StartOf(index),
                1 => whole.StartOf(index) + whole.SizeOf(index),
                2 => whole.StartOf(index) + whole.SizeOf(index) - 1,
                _ => whole.StartOf(index) + (ulong)random.Next(-100, 5000),
            }).Order().ToArray();
            var some = ElfSymbolReader.Read(elf, table, wanted);
            Assert.Equal(whole.HasFunctions, some.HasFunctions);
            foreach (var address in wanted)
            {
                Assert.Equal(Describe(whole, address), Describe(some, address));
                found += whole.Find(address) >= 0 ? 1 : 0;
            }
        }

        return found;
    }

    private static string Describe(SymbolTable table, ulong address) =>
        table.Find(address) is >= 0 and var index ? $"{Encoding.UTF8.GetString(table.NameUtf8(index))} {table.StartOf(index):x} {table.SizeOf(index)}" : $"nothing at {address:x}";
}
