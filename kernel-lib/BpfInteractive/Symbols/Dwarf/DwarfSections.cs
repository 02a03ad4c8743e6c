namespace BpfInteractive;

/// <summary>The sections of a file's debug information (DWARF 5, 7.3.2), decompressed and in memory.</summary>
internal sealed class DwarfSections
{
    /// <summary>What one file's sections may take together; a browser's are larger, and have no lines here.</summary>
    internal const long LargestTogether = 1L << 30;
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

    /// <summary>Of a package of split units: where each lies.</summary>
    internal byte[] PackageIndex { get; private init; } = [];

    /// <summary>What was read of the file.</summary>
    internal long SizeBytes { get; private init; }

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
            SizeBytes = LargestTogether - left,
        };

        byte[] Get(string name) => Section(file, name, ref left);
    }

    /// <summary>Reads what a .dwo or .dwp file has; addresses, and ranges before DWARF 5, are in the file that runs. Null where it has no split debug information.</summary>
    /// <param name="file">The .dwo or .dwp file.</param>
    /// <param name="main">The sections of the file that runs.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <exception cref="SymbolFileException">They are damaged, larger than may be, or compressed in a way that is not known.</exception>
    internal static DwarfSections? ReadSplit(ElfFile file, DwarfSections main, long most)
    {
        if (file.Find(".debug_info.dwo") is not { Kind: not ElfFile.Section.NoBits, Size: > 0 })
        {
            return null;
        }

        var left = most;
        return new DwarfSections
        {
            Info = Get(".debug_info.dwo"),
            Abbreviations = Get(".debug_abbrev.dwo"),
            Strings = Get(".debug_str.dwo"),
            StringOffsets = Get(".debug_str_offsets.dwo"),
            RangeLists = Get(".debug_rnglists.dwo"),
            PackageIndex = Get(".debug_cu_index"),
            SizeBytes = most - left,
            Addresses = main.Addresses,
            Ranges = main.Ranges,
        };

        byte[] Get(string name) => Section(file, name, ref left);
    }

    private static byte[] Section(ElfFile file, string name, ref long left)
    {
        if (file.Find(name) is not { Kind: not ElfFile.Section.NoBits, Size: > 0 } section)
        {
            return [];
        }

        var bytes = CompressedSection.Read(file, section, Math.Min(left, LargestOne));
        left -= bytes.Length;
        return bytes;
    }
}
