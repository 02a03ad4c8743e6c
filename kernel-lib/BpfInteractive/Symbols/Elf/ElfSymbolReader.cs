using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>Reads the functions of an ELF file's symbol tables (.symtab, .dynsym).</summary>
internal static class ElfSymbolReader
{
    internal const string Whole = ".symtab";
    internal const string Exported = ".dynsym";

    private const int EntryLength = 24;
    private const byte KindNone = 0;
    private const byte KindFunction = 2;
    private const byte KindIndirectFunction = 10;

    /// <summary>Five million symbols, three times what the largest browsers have; more is a hostile file.</summary>
    private const ulong LargestTable = 128 << 20;

    /// <summary>The functions of one table; an empty table where the file has none of that name.</summary>
    /// <exception cref="SymbolFileException">The table is damaged.</exception>
    internal static SymbolTable Read(ElfFile file, string table)
    {
        if (file.Find(table) is not { Kind: not ElfFile.Section.NoBits, Size: > 0 } section)
        {
            return SymbolTable.Empty;
        }

        if (section.EntrySize != EntryLength || section.Size > LargestTable)
        {
            throw new SymbolFileException($"its {table} has {section.Size} bytes in entries of {section.EntrySize}, not of {EntryLength}");
        }

        using var rented = file.Rent(section);
        var entries = rented.Span;
        var strings = file.Read(file.LinkOf(section));
        var isWhole = table == Whole;
        var builder = new SymbolTableBuilder(Count(entries, isWhole)) { IsWhole = isWhole };
        Add(builder, entries, strings, file.Sections, isWhole);
        return builder.Build(strings);
    }

    private static int Count(ReadOnlySpan<byte> entries, bool withLabels)
    {
        var count = 0;
        for (; entries.Length >= EntryLength; entries = entries[EntryLength..])
        {
            count += IsCode(entries[4] & 0xf, withLabels) ? 1 : 0;
        }

        return count;
    }

    private static void Add(SymbolTableBuilder builder, ReadOnlySpan<byte> entries, ReadOnlySpan<byte> strings, IReadOnlyList<ElfFile.Section> sections, bool withLabels)
    {
        for (; entries.Length >= EntryLength; entries = entries[EntryLength..])
        {
            var kind = entries[4] & 0xf;
            var section = BinaryPrimitives.ReadUInt16LittleEndian(entries[6..]);
            var name = BinaryPrimitives.ReadUInt32LittleEndian(entries);
            if (!IsCode(kind, withLabels) || section == 0 || name == 0 || name >= strings.Length)
            {
                continue;
            }

            // Of absolute symbols (0xfff1), and where there are more than 65,279 sections, the section is not known: they have no more than their size.
            var isListed = section < sections.Count;
            var start = BinaryPrimitives.ReadUInt64LittleEndian(entries[8..]);
            if (kind == KindNone && (!isListed || !sections[section].IsExecutable || IsMark(strings[(int)name..])))
            {
                continue;
            }

            var limit = isListed ? unchecked(sections[section].Address + sections[section].Size) : start;
            var size = BinaryPrimitives.ReadUInt64LittleEndian(entries[16..]);
            builder.Add(start, new SymbolTableBuilder.Candidate(size, limit, (int)name, kind == KindNone ? SymbolRank.Label : RankOf(entries[4] >> 4)));
        }
    }

    private static bool IsCode(int kind, bool withLabels) => kind is KindFunction or KindIndirectFunction || (withLabels && kind == KindNone);

    /// <summary>Mapping symbols of aarch64 ($x, $d) and an assembler's own labels (.L) name no code.</summary>
    private static bool IsMark(ReadOnlySpan<byte> name) => name[0] == (byte)'$' || name.StartsWith(".L"u8);

    private static SymbolRank RankOf(int binding) => binding switch { 0 => SymbolRank.Local, 2 => SymbolRank.Weak, _ => SymbolRank.Global };
}
