using static BpfInteractive.Tests.Symbols.SymbolPrograms;

namespace BpfInteractive.Tests.Symbols.Remote;

/// <summary>A program that was taken apart: stripped, its debug file beside it, and a place in it whose name only the debug file knows.</summary>
internal sealed record RemoteProgram(string Path, string Debug, ProfileFile File, ulong Offset)
{
    private const string Source = "int puts(const char *);\nstatic __attribute__((noinline)) int hidden(int x) { return x * SEED + 1; }\nint main(int n, char **v) { puts(v[0]); return hidden(n) + hidden(n + 1); }\n";

    internal string BuildId => File.BuildId.ToString();

    /// <summary>The captured file as another machine sees it: by its build id, at a path that is not there.</summary>
    internal ProfileFile Elsewhere => File with { Path = "/nowhere/program", Inode = 1 };

    internal static RemoteProgram Make(TemporaryFolder folder, string name = "program", int seed = 7)
    {
        Require.Tool("objcopy");
        var path = Compile(folder, name, Source, "-g", "-Wl,--build-id", $"-DSEED={seed}");
        ulong offset;
        long bias;
        using (var elf = ElfFile.Open(path))
        {
            var table = ElfSymbolReader.Read(elf, ElfSymbolReader.Whole);
            Assert.True(table.TryFind("hidden"u8, out var index));
            bias = AddressMap.BiasOf(elf.Segments)!.Value;
            offset = table.StartOf(index.Value) - (ulong)bias + 1;
        }

        var debug = path + ".debug";
        Run("objcopy", "--only-keep-debug", path, debug);
        Run("strip", path);
        return new RemoteProgram(path, debug, ModuleOf(path) with { CodeBias = bias }, offset);
    }
}
