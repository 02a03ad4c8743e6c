using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace BpfInteractive.Tests.Symbols;

public sealed class SymbolTableTests
{
    private const string Libc = "/usr/lib/x86_64-linux-gnu/libc.so.6";

    [Fact]
    public void Every_function_that_nm_lists_is_found_at_its_address_under_one_of_its_names()
    {
        using var file = ElfFile.Open(Libc);
        var table = ElfSymbolReader.Read(file, ".dynsym");
        var listed = Run("nm", "-D", "--defined-only", "-S", Libc).Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length == 4 && parts[2] is "T" or "t" or "W" or "i")
            .Select(parts => (Start: Hex(parts[0]), Size: Hex(parts[1]), Name: parts[3].Split('@')[0]))
            .ToLookup(symbol => symbol.Start);

        Assert.True(listed.Count > 1000);
        foreach (var group in listed)
        {
            var index = table.Find(group.Key);
            Assert.True(index >= 0, $"nothing at 0x{group.Key:x}");
            Assert.Contains(table.Name(index), group.Select(symbol => symbol.Name));
            var last = group.Key + group.Max(symbol => symbol.Size) - 1;
            Assert.Equal(index, table.Find(last));
        }
    }

    [Fact]
    public void An_address_behind_the_end_of_a_function_has_no_name()
    {
        var table = Build("\0one\0two\0"u8.ToArray(), (0x1000, new(0x10, 0x2000, 1, SymbolRank.Global)), (0x1100, new(0x10, 0x2000, 5, SymbolRank.Global)));

        Assert.Equal("one", table.Name(table.Find(0x100f)));
        Assert.Equal(-1, table.Find(0x1010));
        Assert.Equal(-1, table.Find(0xfff));
        Assert.Equal("two", table.Name(table.Find(0x1100)));
        Assert.Equal(-1, table.Find(0x1110));
        Assert.Equal(-1, table.Find(ulong.MaxValue));
    }

    [Fact]
    public void A_function_without_a_size_reaches_to_the_next_one_or_its_sections_end()
    {
        var table = Build("\0one\0two\0"u8.ToArray(), (0x1000, new(0, 0x3000, 1, SymbolRank.Global)), (0x2000, new(0, 0x3000, 5, SymbolRank.Global)));

        Assert.Equal("one", table.Name(table.Find(0x1fff)));
        Assert.Equal("two", table.Name(table.Find(0x2fff)));
        Assert.Equal(-1, table.Find(0x3000));
    }

    [Fact]
    public void A_function_inside_another_is_found_and_so_is_the_rest_of_the_other()
    {
        var table = Build("\0outer\0inner\0"u8.ToArray(), (0x1000, new(0x100, 0x2000, 1, SymbolRank.Global)), (0x1020, new(0x10, 0x2000, 7, SymbolRank.Local)));

        Assert.Equal("inner", table.Name(table.Find(0x1025)));
        Assert.Equal("outer", table.Name(table.Find(0x1050)));
    }

    [Fact]
    public void Of_aliases_the_global_name_without_underscores_wins()
    {
        var table = Build("\0local\0__libc_foo\0libc_foo\0"u8.ToArray(), (0x1000, new(8, 0x2000, 1, SymbolRank.Local)), (0x1000, new(8, 0x2000, 7, SymbolRank.Global)), (0x1000, new(8, 0x2000, 18, SymbolRank.Global)));

        Assert.Equal("libc_foo", table.Name(table.Find(0x1004)));
    }

    [Fact]
    public void Stubs_of_the_procedure_linkage_table_carry_the_functions_name()
    {
        using var file = ElfFile.Open("/usr/bin/bash");
        var stubs = PltReader.Read(file);
        var slots = Run("readelf", "-rW", "/usr/bin/bash").Split('\n').Where(line => line.Contains("R_X86_64_JUMP_SLO", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4].Split('@')[0] + "@plt").ToHashSet();
        var named = Enumerable.Range(0, stubs.Count).Select(stubs.Name).ToHashSet();

        Assert.True(slots.Count > 50);
        Assert.Subset(named, slots);
    }

    [Theory]
    [InlineData("_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back(int const&)")]
    [InlineData("_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE", "core::ptr::drop_in_place<alloc::string::String>")]
    [InlineData("_ZN3foo3barE", "foo::bar")]
    [InlineData("main", "main")]
    [InlineData("clock_gettime@@GLIBC_2.17", "clock_gettime")]
    [InlineData("_ZN3foo3barE@plt", "foo::bar@plt")]
    [InlineData("_Znot a name", "_Znot a name")]
    public void Linker_names_become_those_of_the_source(string mangled, string expected) => Assert.Equal(expected, Demangler.Demangle(mangled));

    [Fact]
    public void Hidden_kernel_addresses_are_told_apart_from_none()
    {
        Assert.Null(KernelSymbolTable.Parse("0000000000000000 T _stext\n0000000000000000 t foo\n"u8.ToArray()));
        var table = KernelSymbolTable.Parse("ffffffff81000000 T _stext\nffffffff81000010 t do_it\t[mod]\nffffffff81000020 D data\n"u8.ToArray())!.Table;
        Assert.Equal("do_it\t[mod]", table!.Name(table.Find(0xffffffff81000015)));
    }

    [Fact]
    public void The_build_id_is_the_one_readelf_prints()
    {
        using var file = ElfFile.Open(Libc);
        Assert.Contains(file.ReadBuildId().ToString(), Run("readelf", "-n", Libc), StringComparison.Ordinal);
        Assert.Equal(file.ReadBuildId(), BuildId.Parse(file.ReadBuildId().ToString()));
    }

    private static SymbolTable Build(byte[] strings, params IEnumerable<(ulong Start, SymbolTableBuilder.Candidate Symbol)> symbols)
    {
        var builder = new SymbolTableBuilder(0);
        foreach (var (start, symbol) in symbols)
        {
            builder.Add(start, symbol);
        }

        return builder.Build(strings);
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }
}
