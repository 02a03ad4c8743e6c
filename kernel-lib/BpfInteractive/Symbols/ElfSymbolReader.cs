using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>Reads the functions of an ELF file's symbol tables (.symtab, .dynsym).</summary>
internal static class ElfSymbolReader
{
    private const int EntryLength = 24;
    private const byte KindFunction = 2;
    private const byte KindIndirectFunction = 10;

    /// <summary>The functions of one table; an empty table where the file has none of that name.</summary>
    /// <exception cref="SymbolFileException">The table is damaged.</exception>
    internal static SymbolTable Read(ElfFile file, string table)
    {
        if (file.Find(table) is not { Kind: not ElfFile.Section.NoBits, Size: > 0 } section)
        {
            return SymbolTable.Empty;
        }

        if (section.EntrySize != EntryLength)
        {
            throw new SymbolFileException($"its {table} has entries of {section.EntrySize} bytes, not {EntryLength}");
        }

        var strings = file.Read(file.LinkOf(section));
        return SymbolTable.Build(Functions(file.Read(section), strings.Length, file.Sections), strings);
    }

    private static List<SymbolTable.Candidate> Functions(ReadOnlySpan<byte> entries, int stringsLength, IReadOnlyList<ElfFile.Section> sections)
    {
        var functions = new List<SymbolTable.Candidate>(entries.Length / EntryLength);
        for (; entries.Length >= EntryLength; entries = entries[EntryLength..])
        {
            var kind = (byte)(entries[4] & 0xf);
            var section = BinaryPrimitives.ReadUInt16LittleEndian(entries[6..]);
            var name = BinaryPrimitives.ReadUInt32LittleEndian(entries);
            if (kind is not (KindFunction or KindIndirectFunction) || section == 0 || name == 0 || name >= stringsLength)
            {
                continue;
            }

            var start = BinaryPrimitives.ReadUInt64LittleEndian(entries[8..]);
            var limit = section < sections.Count ? sections[section].Address + sections[section].Size : start;
            functions.Add(new SymbolTable.Candidate(start, BinaryPrimitives.ReadUInt64LittleEndian(entries[16..]), limit, (int)name, (byte)(entries[4] >> 4)));
        }

        return functions;
    }
}
