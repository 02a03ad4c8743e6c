using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>An entry of an ELF symbol table that may be a function (gABI, "Symbol Table").</summary>
/// <param name="Start">Its address in the file's own terms.</param>
/// <param name="Size">Its bytes; 0 for not told.</param>
/// <param name="Limit">Where its section ends: as far as one without a size can reach.</param>
/// <param name="Name">Where its name begins among the table's strings.</param>
/// <param name="Rank">Which name is taken for an address that has several.</param>
internal readonly record struct ElfSymbol(ulong Start, ulong Size, ulong Limit, uint Name, SymbolRank Rank)
{
    internal const int EntryLength = 24;

    private const byte KindNone = 0;
    private const byte KindFunction = 2;
    private const byte KindIndirectFunction = 10;

    /// <summary>Whether the entry is said to be code, or with <paramref name="withLabels"/> may be: for counting, before all of it is looked at.</summary>
    internal static bool IsCode(ReadOnlySpan<byte> entry, bool withLabels) =>
        (entry[4] & 0xf) is var kind && (kind is KindFunction or KindIndirectFunction || (withLabels && kind == KindNone));

    /// <summary>Reads an entry; false when it is no code that has a name and a place.</summary>
    /// <param name="entry">The entry's bytes.</param>
    /// <param name="sections">The file's sections.</param>
    /// <param name="stringsLength">How many bytes of names there are.</param>
    /// <param name="withLabels">Whether places in code that are not said to be functions count: hand-written assembly.</param>
    /// <param name="symbol">What was read.</param>
    internal static bool TryRead(ReadOnlySpan<byte> entry, IReadOnlyList<ElfFile.Section> sections, ulong stringsLength, bool withLabels, out ElfSymbol symbol)
    {
        symbol = default;
        var section = BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]);
        var name = BinaryPrimitives.ReadUInt32LittleEndian(entry);
        if (!IsCode(entry, withLabels) || section == 0 || name == 0 || name >= stringsLength)
        {
            return false;
        }

        // Of absolute symbols (0xfff1), and where there are more than 65,279 sections, the section is not known: they have no more than their size.
        var isLabel = (entry[4] & 0xf) == KindNone;
        var isListed = section < sections.Count;
        if (isLabel && (!isListed || !sections[section].IsExecutable))
        {
            return false;
        }

        var start = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
        var limit = isListed ? unchecked(sections[section].Address + sections[section].Size) : start;
        symbol = new ElfSymbol(start, BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]), limit, name, isLabel ? SymbolRank.Label : RankOf(entry[4] >> 4));
        return true;
    }

    /// <summary>Mapping symbols of aarch64 ($x, $d) and an assembler's own labels (.L) name no code.</summary>
    internal static bool IsMark(SymbolRank rank, ReadOnlySpan<byte> name) => rank == SymbolRank.Label && (name.StartsWith("$"u8) || name.StartsWith(".L"u8));

    private static SymbolRank RankOf(int binding) => binding switch { 0 => SymbolRank.Local, 2 => SymbolRank.Weak, _ => SymbolRank.Global };
}
