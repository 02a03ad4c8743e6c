using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive;

/// <summary>A section of an ELF file: name, type (SHT_*), and where its bytes lie.</summary>
internal readonly record struct ElfSection(int Index, string Name, uint Type, ulong Flags, int Offset, int Size, int Link, int Info, int EntrySize);

/// <summary>A symbol of an ELF file: value and size as the file gives them (for objects the value is an offset in its section).</summary>
internal readonly record struct ElfSymbol(string Name, ulong Value, ulong Size, int Section, byte Info)
{
    internal int SymbolType => Info & 0xf;

    internal int Binding => Info >> 4;
}

/// <summary>Reads sections and symbols of 64-bit little-endian ELF files, checking every offset. The bytes are borrowed.</summary>
internal sealed class ElfReader
{
    private const int SectionHeaderLength = 64;
    private const int SymbolLength = 24;
    private const uint NoBits = 8;

    private readonly ReadOnlyMemory<byte> _file;

    internal ElfReader(ReadOnlyMemory<byte> file)
    {
        _file = file;
        var bytes = file.Span;
        CheckIdentity(bytes);
        Machine = U16(18);
        var table = U64(40);
        var entry = U16(58);
        var count = U16(60);
        var names = U16(62);
        if (count > 0 && (entry != SectionHeaderLength || table > (ulong)bytes.Length || (ulong)count * SectionHeaderLength > (ulong)bytes.Length - table))
        {
            throw Wrong(40, $"a table of {count} sections at 0x{table:x} does not lie inside {bytes.Length} bytes");
        }

        Sections = ReadSections((int)table, count, names);
    }

    internal int Machine { get; }

    internal IReadOnlyList<ElfSection> Sections { get; }

    internal bool TryFind(string name, out ElfSection section)
    {
        foreach (var candidate in Sections)
        {
            if (candidate.Name == name)
            {
                section = candidate;
                return true;
            }
        }

        section = default;
        return false;
    }

    /// <summary>A section's bytes; empty for .bss and the like, which take no room in the file.</summary>
    internal ReadOnlyMemory<byte> Contents(ElfSection section) => section.Type == NoBits ? default : _file.Slice(section.Offset, section.Size);

    internal IReadOnlyList<ElfSymbol> ReadSymbols()
    {
        const uint symbolTable = 2;
        foreach (var section in Sections)
        {
            if (section.Type != symbolTable)
            {
                continue;
            }

            var symbols = new ElfSymbol[section.Size / SymbolLength];
            for (var index = 0; index < symbols.Length; index++)
            {
                var at = section.Offset + (index * SymbolLength);
                symbols[index] = new ElfSymbol(Text(section.Link, U32(at)), U64(at + 8), U64(at + 16), U16(at + 6), _file.Span[at + 4]);
            }

            return symbols;
        }

        return [];
    }

    private static void CheckIdentity(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 64 || !bytes.StartsWith("\x7f"u8) || !bytes[1..].StartsWith("ELF"u8))
        {
            throw Wrong(0, bytes.Length < 64 ? $"{bytes.Length} bytes are too few for an ELF file" : "it is no ELF file");
        }

        if (bytes[4] != 2 || bytes[5] != 1)
        {
            throw Wrong(4, bytes[5] == 2 ? "it is big-endian; only little-endian files are read" : "it is no 64-bit little-endian ELF file");
        }
    }

    private ElfSection[] ReadSections(int table, int count, int names)
    {
        var sections = new ElfSection[count];
        for (var index = 0; index < count; index++)
        {
            var at = table + (index * SectionHeaderLength);
            var type = U32(at + 4);
            var offset = U64(at + 24);
            var size = U64(at + 32);
            var length = (ulong)_file.Length;
            if (type is not (0 or NoBits) && (offset > length || size > length - offset))
            {
                throw Wrong(at, $"section {index} of {size} bytes at 0x{offset:x} does not lie inside {length} bytes");
            }

            // Sections without bytes in the file keep their size, as far as an int holds it.
            sections[index] = new ElfSection(index, "", type, U64(at + 8), (int)Math.Min(offset, int.MaxValue), (int)Math.Min(size, int.MaxValue), (int)U32(at + 40), (int)U32(at + 44), (int)U64(at + 56));
        }

        for (var index = 0; index < count; index++)
        {
            sections[index] = sections[index] with { Name = Text(sections, names, U32(table + (index * SectionHeaderLength))) };
        }

        return sections;
    }

    private string Text(int table, uint offset) => Text(Sections, table, offset);

    private string Text(IReadOnlyList<ElfSection> sections, int table, uint offset)
    {
        if ((uint)table >= (uint)sections.Count || sections[table].Type == NoBits || offset >= (uint)sections[table].Size)
        {
            return "";
        }

        var rest = _file.Span.Slice(sections[table].Offset, sections[table].Size)[(int)offset..];
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_file.Span[at..]);

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_file.Span[at..]);

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_file.Span[at..]);

    private static BtfFormatException Wrong(long offset, string problem) => new("the object file", offset, problem);
}
