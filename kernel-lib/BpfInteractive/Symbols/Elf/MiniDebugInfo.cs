using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The functions that Fedora's kind of stripped file carries in .gnu_debugdata: an ELF file with nothing but a symbol table, compressed
/// by xz (https://sourceware.org/gdb/current/onlinedocs/gdb.html/MiniDebugInfo.html). Decompressed by liblzma, within bounds.
/// </summary>
internal static class MiniDebugInfo
{
    private const string SectionName = ".gnu_debugdata";

    /// <summary>What it may decompress to; a real one has a few megabytes at most.</summary>
    private const int LargestOutput = 256 << 20;
    private const ulong MemoryLimit = 128 << 20;

    /// <summary>The hidden functions; an empty table where the file has no such section, or this machine no liblzma.</summary>
    /// <param name="file">The file.</param>
    /// <param name="wanted">As for <see cref="ElfSymbolReader.Read"/>.</param>
    /// <exception cref="SymbolFileException">The section is damaged.</exception>
    internal static SymbolTable Read(ElfFile file, ulong[]? wanted = null)
    {
        if (file.Find(SectionName) is not { Size: > 0 } section || !Lzma.IsAvailable)
        {
            return SymbolTable.Empty;
        }

        using var inner = ElfFile.Parse(Decompress(file.Read(section)));
        return ElfSymbolReader.Read(inner, ElfSymbolReader.Whole, wanted);
    }

    private static byte[] Decompress(ReadOnlySpan<byte> compressed)
    {
        for (var size = Math.Max(compressed.Length * 8L, 1 << 16); ; size *= 4)
        {
            var output = GC.AllocateUninitializedArray<byte>((int)Math.Min(size, LargestOutput));
            switch (Lzma.Decode(compressed, output, MemoryLimit, out var written))
            {
                case Lzma.Result.Ok:
                    return output[..written];
                case Lzma.Result.OutputTooSmall when size < LargestOutput:
                    continue;
                case Lzma.Result.OutputTooSmall:
                    throw new SymbolFileException($"its {SectionName} decompresses to more than {LargestOutput >> 20} MiB");
                default:
                    throw new SymbolFileException($"its {SectionName} is damaged");
            }
        }
    }
}
