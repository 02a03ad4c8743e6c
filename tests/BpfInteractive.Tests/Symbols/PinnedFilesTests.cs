using static BpfInteractive.Tests.Symbols.SymbolPrograms;

namespace BpfInteractive.Tests.Symbols;

public sealed class PinnedFilesTests
{
    [Fact]
    public async Task A_pinned_file_gives_names_when_its_process_is_gone_and_another_file_is_in_its_place()
    {
        using var folder = new TemporaryFolder();
        var path = Compile(folder, "program", "#include <unistd.h>\nint known_name(int x) { return x + 7; }\nint main(void) { write(1, \"ready\\n\", 6); return pause(); }\n");
        var module = ModuleOf(path, withBuildId: false);
        var offset = OffsetOf(path, "known_name");
        using var pins = new PinnedFiles();
        using (var process = TestProcess.Start(path))
        {
            await process.WaitForOutputAsync("ready");
            var code = BpfInteractive.Vmas.Of(process.Pid, new VmaOptions { ExecutableOnly = true }).First(vma => vma.Path == path);
            File.Delete(path);
            var result = pins.Pin(module, process.Pid, code.Start, code.End);
            Assert.True(result.IsPinned, result.ToString());
            Assert.Equal(result, pins.Pin(module, process.Pid, code.Start, code.End));
        }

        File.Copy("/bin/true", path);
        Assert.Equal("known_name", new Symbolizer(null, null, pins).Name(module, offset).Function);
        Assert.Equal(FrameReason.BuildIdDiffers, new Symbolizer().Name(module, offset).Reason);
        Assert.Equal(new PinCounts(1, 1, 0, 0, 0, 0), pins.Counts);
        Assert.Equal(1, pins.Counts.SharePinned);
    }

    [Fact]
    public void What_is_in_a_files_place_is_not_pinned_and_is_counted()
    {
        using var folder = new TemporaryFolder();
        using var pins = new PinnedFiles();
        var truth = ModuleOf("/bin/true");

        Assert.Equal(FrameReason.FileGone, Pin(pins, truth with { Path = folder["nothing"] }));
        SymbolPrograms.Run("mkfifo", folder["pipe"]);
        Assert.Equal(FrameReason.BuildIdDiffers, Pin(pins, truth with { Path = folder["pipe"] }));
        Assert.Equal(FrameReason.BuildIdDiffers, Pin(pins, truth with { Path = folder.FullName }));
        Assert.Equal(FrameReason.BuildIdDiffers, Pin(pins, truth with { Path = "/bin/false" }));
        Assert.Equal(FrameReason.BuildIdDiffers, Pin(pins, truth with { Path = "/bin/false", BuildId = default }));
        Assert.Equal(FrameReason.BuildIdDiffers, Pin(pins, truth with { BuildId = default, ModifiedNs = truth.ModifiedNs + 1 }));
        Assert.Equal(FrameReason.NotComparable, Pin(pins, truth with { BuildId = default, ModifiedNs = null }));
        Assert.Equal(FrameReason.Unreadable, Pin(pins, truth with { Path = folder.Write("text", "no program") }));
        Assert.Equal(new PinCounts(8, 0, 0, 1, 5, 2), pins.Counts);
    }

    [Fact]
    public void A_dotnet_image_has_a_reason_of_its_own()
    {
        var image = typeof(object).Assembly.Location;
        var status = new FileInfo(image);
        var names = new FrameName[2];
        new Symbolizer().Name(new ProfileFile { Path = image, Inode = 1, SizeBytes = status.Length }, [0x1000, 0x2000], names);
        Assert.All(names, name => Assert.Equal("[.NET image]", name.ToString()));
    }

    [Fact]
    public void No_more_files_are_held_than_may_be()
    {
        using var pins = new PinnedFiles(new PinLimits { Files = 2 });
        string[] paths = ["/bin/true", "/bin/false", "/bin/ls", Libc];
        var states = paths.Select(path => pins.Pin(ModuleOf(path), Environment.ProcessId, 0, 0).State).ToArray();

        Assert.Equal([PinState.Pinned, PinState.Pinned, PinState.LimitReached, PinState.LimitReached], states);
        Assert.Equal(new PinCounts(4, 2, 2, 0, 0, 0), pins.Counts);
        Assert.Equal(FrameReason.None, new Symbolizer(null, null, pins).Name(ModuleOf(Libc), OffsetOf(Libc, "malloc")).Reason);
    }

    [Fact]
    public void One_file_by_two_paths_is_held_once()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["link"], Libc);
        using var pins = new PinnedFiles(new PinLimits { Files = 1 });
        Assert.True(pins.Pin(ModuleOf(Libc), Environment.ProcessId, 0, 0).IsPinned);
        Assert.True(pins.Pin(ModuleOf(Libc) with { Path = folder["link"] }, Environment.ProcessId, 0, 0).IsPinned);
    }

    [Fact]
    public void Nothing_is_lent_after_the_end()
    {
        var pins = new PinnedFiles();
        pins.Pin(ModuleOf(Libc), Environment.ProcessId, 0, 0);
        Assert.True(pins.TryGet(ModuleOf(Libc), out _));
        pins.Dispose();
        Assert.False(pins.TryGet(ModuleOf(Libc), out _));
        Assert.Equal(PinState.LimitReached, pins.Pin(ModuleOf("/bin/true"), Environment.ProcessId, 0, 0).State);
    }

    private static FrameReason Pin(PinnedFiles pins, ProfileFile file) => pins.Pin(file, Environment.ProcessId, 0, 0).Reason;

    private static ulong OffsetOf(string path, string function)
    {
        using var elf = ElfFile.Open(path);
        var table = ElfSymbolReader.Read(elf, ".symtab") is { Count: > 0 } whole ? whole : ElfSymbolReader.Read(elf, ".dynsym");
        Assert.True(table.TryFind(System.Text.Encoding.ASCII.GetBytes(function), out var index));
        var address = table.StartOf(index.Value);
        var segment = elf.Segments.Single(part => part.Kind == ElfFile.Segment.Load && address >= part.Address && address < part.Address + part.FileSize);
        return address - segment.Address + segment.Offset;
    }
}
