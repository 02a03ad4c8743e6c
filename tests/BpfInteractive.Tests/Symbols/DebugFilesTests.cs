using System.Text;
using static BpfInteractive.Tests.Symbols.SymbolPrograms;

namespace BpfInteractive.Tests.Symbols;

/// <summary>Where the symbols of a stripped program are found: beside it, in it, nowhere.</summary>
public sealed class DebugFilesTests
{
    private const string Source = "static __attribute__((noinline)) int hidden(int x) { return x * 7 + 1; }\nint main(int n, char **v) { return hidden(n) + hidden(n + 1); }\n";

    [Fact]
    public void A_debug_file_is_found_by_its_build_id()
    {
        using var folder = new TemporaryFolder();
        var (path, debug, offset) = Stripped(folder, "-Wl,--build-id");
        Assert.Equal(FrameReason.NoSymbols, Named(folder, path, offset).Reason);

        var place = DebugFiles.PathOf(folder["debug"], ModuleOf(path).BuildId);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.Move(debug, place);
        Assert.Equal("hidden", Named(folder, path, offset).Function);

        File.Copy("/bin/true", place, overwrite: true);
        Assert.Equal(FrameReason.NoSymbols, Named(folder, path, offset).Reason);
        File.WriteAllText(place, "no program");
        Assert.Equal(FrameReason.NoSymbols, Named(folder, path, offset).Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".debug/")]
    [InlineData("debug")]
    public void A_debug_file_is_found_by_the_link_to_it_if_its_checksum_is_right(string where)
    {
        using var folder = new TemporaryFolder();
        var (path, debug, offset) = Stripped(folder, "-Wl,--build-id=none");
        Run("objcopy", $"--add-gnu-debuglink={debug}", path);
        var place = where == "debug" ? folder["debug"] + debug : folder[where + "program.debug"];
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        if (place != debug)
        {
            File.Move(debug, place);
        }

        Assert.Equal("hidden", Named(folder, path, offset).Function);
        File.AppendAllText(place, "more");
        Assert.Equal(FrameReason.NoSymbols, Named(folder, path, offset).Reason);
    }

    [Fact]
    public void What_a_stripped_file_carries_compressed_is_read()
    {
        Require.Tool("xz");
        using var folder = new TemporaryFolder();
        var (path, debug, offset) = Stripped(folder, "-Wl,--build-id=none");
        Run("objcopy", "-S", "--remove-section", ".comment", "--keep-symbol=hidden", debug, folder["mini"]);
        Run("xz", folder["mini"]);
        Run("objcopy", "--add-section", $".gnu_debugdata={folder["mini.xz"]}", path);

        Assert.Equal("hidden", Named(folder, path, offset).Function);
    }

    [Fact]
    public void The_checksum_is_zlibs()
    {
        Assert.Equal(0xcbf43926, Crc32.Of("123456789"u8));
        Assert.Equal(0u, Crc32.Of([]));
        Assert.Equal(0x519025e9u, Crc32.Of(Encoding.ASCII.GetBytes("The quick brown fox jumps over the lazy dog.")));
    }

    [Theory]
    [InlineData("a.debug\0\x01\x02\x03\x04", "a.debug", 0x04030201u)]
    [InlineData("ab.debug\0\0\0\0\x01\x02\x03\x04", "ab.debug", 0x04030201u)]
    [InlineData("../a\0\0\0\0\x01\x02\x03\x04", null, 0u)]
    [InlineData("a/b.debug\0\0\0\x01\x02\x03\x04", null, 0u)]
    [InlineData("a.debug\0\x01", null, 0u)]
    [InlineData("no end", null, 0u)]
    public void A_link_is_a_file_name_and_a_checksum(string section, string? name, uint checksum)
    {
        var link = DebugLink.Parse(Encoding.Latin1.GetBytes(section));
        Assert.Equal((name, checksum), (link?.FileName, link?.Checksum ?? 0));
    }

    private static FrameName Named(TemporaryFolder folder, string path, ulong offset) =>
        new Symbolizer(new SymbolizerOptions { DebugFolders = [folder["debug"]] }).Name(ModuleOf(path), offset);

    private static (string Path, string Debug, ulong Offset) Stripped(TemporaryFolder folder, params string[] options)
    {
        var path = Compile(folder, "program", Source, options);
        ulong offset;
        using (var elf = ElfFile.Open(path))
        {
            var table = ElfSymbolReader.Read(elf, ElfSymbolReader.Whole);
            Assert.True(table.TryFind("hidden"u8, out var index));
            var code = elf.Segments.Single(segment => segment.Kind == ElfFile.Segment.Load && segment.IsExecutable);
            offset = table.StartOf(index.Value) - code.Address + code.Offset + 1;
        }

        Run("objcopy", "--only-keep-debug", path, folder["program.debug"]);
        Run("strip", path);
        return (path, folder["program.debug"], offset);
    }
}
