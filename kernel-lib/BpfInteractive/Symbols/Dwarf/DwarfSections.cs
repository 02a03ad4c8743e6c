namespace BpfInteractive;

/// <summary>The sections of a file's debug information (DWARF 5, 7.3.2), decompressed and in memory.</summary>
internal sealed class DwarfSections
{
    /// <summary>What one file's sections may take together; a browser's are larger, and have no lines here.</summary>
    private const long LargestTogether = 1L << 30;
    private const long LargestOne = 768L << 20;

    private DwarfSections()
    {
    }

    internal byte[] Info { get; private init; } = [];

    internal byte[] Abbreviations { get; private init; } = [];

    internal byte[] Strings { get; private init; } = [];

    internal byte[] StringOffsets { get; private init; } = [];

    internal byte[] Lines { get; private init; } = [];

    internal byte[] LineStrings { get; private init; } = [];

    internal byte[] Addresses { get; private init; } = [];

    internal byte[] Ranges { get; private init; } = [];

    internal byte[] RangeLists { get; private init; } = [];

    internal long SizeBytes =>
        0L + Info.Length + Abbreviations.Length + Strings.Length + StringOffsets.Length + Lines.Length + LineStrings.Length + Addresses.Length + Ranges.Length + RangeLists.Length;

    /// <summary>Whether a file has lines or functions to tell of.</summary>
    internal static bool IsIn(ElfFile file) => file.Find(".debug_info") is { Kind: not ElfFile.Section.NoBits, Size: > 0 };

    /// <summary>Reads them; null where the file has no debug information.</summary>
    /// <exception cref="SymbolFileException">They are damaged, larger than may be, or compressed in a way that is not known.</exception>
    internal static DwarfSections? Read(ElfFile file)
    {
        if (!IsIn(file))
        {
            return null;
        }

        var left = LargestTogether;
        return new DwarfSections
        {
            Info = Get(".debug_info"),
            Abbreviations = Get(".debug_abbrev"),
            Strings = Get(".debug_str"),
            StringOffsets = Get(".debug_str_offsets"),
            Lines = Get(".debug_line"),
            LineStrings = Get(".debug_line_str"),
            Addresses = Get(".debug_addr"),
            Ranges = Get(".debug_ranges"),
            RangeLists = Get(".debug_rnglists"),
        };

        byte[] Get(string name)
        {
            var bytes = Section(file, name, left);
            left -= bytes.Length;
            return bytes;
        }
    }

    private static byte[] Section(ElfFile file, string name, long most)
    {
        if (file.Find(name) is not { Kind: not ElfFile.Section.NoBits, Size: > 0 } section)
        {
            return [];
        }

        return CompressedSection.Read(file, section, Math.Min(most, LargestOne));
    }
}
