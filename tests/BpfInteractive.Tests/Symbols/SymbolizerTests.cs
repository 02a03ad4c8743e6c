using static BpfInteractive.Tests.Symbols.SymbolPrograms;

namespace BpfInteractive.Tests.Symbols;

public sealed class SymbolizerTests
{
    private const string TwoFunctions = "int one(int x) { return x * 3 + 1; }\nint two(int x) { return one(x) + one(x + 1); }\nint main(int n, char **v) { return two(n); }\n";

    [Theory]
    [InlineData("-no-pie")]
    [InlineData("-pie -fPIE")]
    [InlineData("-static")]
    [InlineData("-no-pie -Wl,-Ttext-segment=0x7000000")]
    [InlineData("-pie -fPIE -Wl,-z,noseparate-code")]
    public void A_place_in_a_file_is_named_whatever_address_it_is_linked_at(string options)
    {
        using var folder = new TemporaryFolder();
        var path = Compile(folder, "program", TwoFunctions, options.Split(' '));
        var symbolizer = new Symbolizer();
        foreach (var (name, offset, size) in FunctionsOf(path, "one", "two", "main"))
        {
            Assert.Equal(new FrameName(name, 0, FrameReason.None), symbolizer.Name(ModuleOf(path), offset));
            Assert.Equal(new FrameName(name, size - 1, FrameReason.None), symbolizer.Name(ModuleOf(path), offset + size - 1));
        }
    }

    [Fact]
    public void A_file_replaced_on_disk_is_not_used()
    {
        using var folder = new TemporaryFolder();
        var path = Compile(folder, "program", TwoFunctions, "-Wl,--build-id");
        var module = ModuleOf(path);
        var withoutId = module with { BuildId = default };
        var offset = FunctionsOf(path, "two").Single().Offset;
        Assert.Equal("two", new Symbolizer().Name(module, offset).Function);

        Compile(folder, "program", TwoFunctions.Replace("x * 3", "x * 5", StringComparison.Ordinal), "-Wl,--build-id");

        Assert.Equal(FrameReason.BuildIdDiffers, new Symbolizer().Name(module, offset).Reason);
        Assert.Equal(FrameReason.BuildIdDiffers, new Symbolizer().Name(withoutId, offset).Reason);
        File.Delete(path);
        Assert.Equal(FrameReason.FileGone, new Symbolizer().Name(module, offset).Reason);
    }

    [Fact]
    public void A_file_of_which_nothing_was_known_when_it_was_mapped_gives_no_names()
    {
        var libc = ModuleOf(Libc);
        Assert.Equal(FrameReason.NotComparable, new Symbolizer().Name(new ProfileFile { Kind = ProfileFileKind.File, Path = Libc }, 0x30000).Reason);
        Assert.Equal(FrameReason.NotComparable, new Symbolizer().Name(libc with { BuildId = default, SizeBytes = null }, 0x30000).Reason);
    }

    [Fact]
    public void What_lies_past_a_functions_end_has_no_name()
    {
        using var folder = new TemporaryFolder();
        var path = Compile(folder, "program", TwoFunctions, "-falign-functions=256");
        var (_, offset, size) = FunctionsOf(path, "one").Single();
        var module = ModuleOf(path);

        Assert.Equal(FrameName.Unnamed(FrameReason.OutsideSymbols), new Symbolizer().Name(module, offset + size + 4));
    }

    [Fact]
    public void The_vdso_and_the_vsyscall_page_have_names()
    {
        var image = VdsoImage.Own!;
        using var elf = ElfFile.Parse(image);
        var table = ElfSymbolReader.Read(elf, ".dynsym");
        var index = Enumerable.Range(0, table.Count).First(i => table.Name(i) is "clock_gettime" or "__vdso_clock_gettime");
        var vdso = new ProfileFile { Kind = ProfileFileKind.Vdso, Path = "[vdso]", BuildId = elf.ReadBuildId() };

        Assert.EndsWith("clock_gettime", new Symbolizer().Name(vdso, table.StartOf(index) + 1).Function, StringComparison.Ordinal);
        Assert.Equal(FrameReason.BuildIdDiffers, new Symbolizer().Name(vdso with { BuildId = new BuildId([1, 2, 3]) }, table.StartOf(index)).Reason);
        Assert.Equal(new FrameName("[vsyscall]", 0x400, FrameReason.None), new Symbolizer().Name(new ProfileFile { Kind = ProfileFileKind.Vsyscall, Path = "[vsyscall]" }, 0x400));
    }

    [Fact]
    public void Tables_are_let_go_when_they_take_more_room_than_they_may()
    {
        var paths = Directory.GetFiles("/usr/lib/x86_64-linux-gnu", "lib*.so.*").Where(path => new FileInfo(path) is { LinkTarget: null, Length: > 200_000 }).Take(12).ToArray();
        var symbolizer = new Symbolizer(new SymbolizerOptions { CacheBytes = 300_000 });
        var largest = 0L;
        foreach (var path in paths)
        {
            symbolizer.Name(ModuleOf(path), 0x5000);
            var alone = new Symbolizer();
            alone.Name(ModuleOf(path), 0x5000);
            largest = Math.Max(largest, alone.SizeBytes);
            Assert.True(symbolizer.SizeBytes <= Math.Max(300_000, alone.SizeBytes), $"{symbolizer.SizeBytes} bytes after {path}");
        }

        Assert.True(paths.Length > 5 && largest > 100_000);
    }

    [Fact]
    public void Several_threads_name_at_once_while_tables_come_and_go()
    {
        var modules = Directory.GetFiles("/usr/lib/x86_64-linux-gnu", "lib*.so.*").Where(path => new FileInfo(path) is { LinkTarget: null, Length: > 50_000 }).Take(8)
            .Select(path => ModuleOf(path)).ToArray();
        var offsets = Enumerable.Range(0, 4000).Select(i => (ulong)i * 64).ToArray();
        var expected = modules.Select(module => NamesOf(new Symbolizer(), module, offsets)).ToArray();
        var symbolizer = new Symbolizer(new SymbolizerOptions { CacheBytes = 500_000 });

        Parallel.For(0, 64, round =>
        {
            var which = round % modules.Length;
            Assert.Equal(expected[which], NamesOf(symbolizer, modules[which], offsets));
        });
        Assert.Contains(expected, names => names.Any(name => name.IsNamed));
    }

    private static FrameName[] NamesOf(Symbolizer symbolizer, ProfileFile module, ulong[] offsets)
    {
        var names = new FrameName[offsets.Length];
        symbolizer.Name(module, offsets, names);
        return names;
    }

    /// <summary>Functions with their offsets in the file, as readelf tells them.</summary>
    private static IEnumerable<(string Name, ulong Offset, ulong Size)> FunctionsOf(string path, params string[] names)
    {
        var loads = Run("readelf", "-lW", path).Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields is ["LOAD", ..]).Select(fields => (Offset: Hex(fields[1]), Address: Hex(fields[2]), Size: Hex(fields[4]))).ToList();
        foreach (var fields in Run("readelf", "-sW", path).Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length == 8 && names.Contains(fields[7])))
        {
            var address = Convert.ToUInt64(fields[1], 16);
            var load = loads.Single(load => address >= load.Address && address < load.Address + load.Size);
            yield return (fields[7], address - load.Address + load.Offset, ulong.Parse(fields[2], System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static ulong Hex(string text) => Convert.ToUInt64(text, 16);
}
