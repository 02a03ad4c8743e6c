namespace BpfInteractive;

/// <summary>Reads the functions of an ELF file's symbol tables (.symtab, .dynsym).</summary>
internal static class ElfSymbolReader
{
    internal const string Whole = ".symtab";
    internal const string Exported = ".dynsym";

    /// <summary>Five million symbols, three times what the largest browsers have; more is a hostile file.</summary>
    private const ulong LargestTable = 128 << 20;

    /// <summary>The functions of one table; an empty table where the file has none of that name.</summary>
    /// <param name="file">The file.</param>
    /// <param name="table">The table's section.</param>
    /// <param name="wanted">The only addresses that will be looked up, ascending: functions that hold none of them may be left out. Null for all.</param>
    /// <exception cref="SymbolFileException">The table is damaged.</exception>
    internal static SymbolTable Read(ElfFile file, string table, ulong[]? wanted = null)
    {
        if (file.Find(table) is not { Kind: not ElfFile.Section.NoBits, Size: > 0 } section)
        {
            return SymbolTable.Empty;
        }

        if (section.EntrySize != ElfSymbol.EntryLength || section.Size > LargestTable)
        {
            throw new SymbolFileException($"its {table} has {section.Size} bytes in entries of {section.EntrySize}, not of {ElfSymbol.EntryLength}");
        }

        return (wanted is null ? null : WantedSymbolReader.Read(file, section, wanted)) ?? ReadAll(file, section);
    }

    private static SymbolTable ReadAll(ElfFile file, ElfFile.Section section)
    {
        using var rented = file.Rent(section);
        var entries = rented.Span;
        var strings = file.Read(file.LinkOf(section));
        var isWhole = section.Name == Whole;
        var builder = new SymbolTableBuilder(Count(entries, isWhole)) { IsWhole = isWhole };
        Add(builder, entries, strings, file.Sections, isWhole);
        return builder.Build(strings);
    }

    private static int Count(ReadOnlySpan<byte> entries, bool withLabels)
    {
        var count = 0;
        for (; entries.Length >= ElfSymbol.EntryLength; entries = entries[ElfSymbol.EntryLength..])
        {
            count += ElfSymbol.IsCode(entries, withLabels) ? 1 : 0;
        }

        return count;
    }

    private static void Add(SymbolTableBuilder builder, ReadOnlySpan<byte> entries, ReadOnlySpan<byte> strings, IReadOnlyList<ElfFile.Section> sections, bool withLabels)
    {
        for (; entries.Length >= ElfSymbol.EntryLength; entries = entries[ElfSymbol.EntryLength..])
        {
            if (ElfSymbol.TryRead(entries, sections, (ulong)strings.Length, withLabels, out var symbol) && !ElfSymbol.IsMark(symbol.Rank, strings[(int)symbol.Name..]))
            {
                builder.Add(symbol.Start, new SymbolTableBuilder.Candidate(symbol.Size, symbol.Limit, (int)symbol.Name, symbol.Rank));
            }
        }
    }
}
