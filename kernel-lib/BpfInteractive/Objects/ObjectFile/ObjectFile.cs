using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// An object file of clang's for the target bpf: its sections and symbols, read and checked in managed code. libbpf trusts much of an ELF
/// file (a flipped bit can make libbpf 1.1 read far outside of it), so it only gets files that <see cref="ObjectChecks"/> has passed.
/// </summary>
internal sealed class ObjectFile
{
    private const int SectionHeaderLength = 64;
    private const int SymbolLength = 24;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly ObjectSection[] _sections;

    private ObjectFile(ReadOnlyMemory<byte> bytes, string subject)
    {
        _bytes = bytes;
        Subject = subject;
        ObjectChecks.Header(bytes.Span, subject);
        _sections = ReadSections();
        SymbolTable = FindSymbolTable();
        Symbols = ReadSymbols();
    }

    /// <summary>What messages call the object.</summary>
    internal string Subject { get; }

    internal ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>All sections; the first is the empty one that ELF wants.</summary>
    internal IReadOnlyList<ObjectSection> Sections => _sections;

    internal ObjectSection SymbolTable { get; }

    internal IReadOnlyList<ObjectSymbol> Symbols { get; }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="ObjectFormatException">It is no BPF object, or damaged.</exception>
    internal static ObjectFile Parse(ReadOnlyMemory<byte> bytes, string subject)
    {
        var image = new ObjectFile(bytes, subject);
        ObjectChecks.Contents(image);
        return image;
    }

    internal bool TryFind(string name, [MaybeNullWhen(false)] out ObjectSection section)
    {
        foreach (var candidate in _sections)
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

    /// <summary>A section's bytes; empty where it takes no room in the file.</summary>
    internal ReadOnlyMemory<byte> Data(ObjectSection section) =>
        section.Type == ObjectSection.NoBits ? default : _bytes.Slice(section.Offset, section.Size);

    internal ObjectFormatException Damaged(string detail) => new(Subject, $"the file is damaged: {detail}", "compile it again");

    private ObjectSection[] ReadSections()
    {
        var header = _bytes.Span;
        var start = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[40..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[60..]);
        var namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(header[62..]);
        var names = ReadSection(start, namesIndex, default);
        if (names.Type != ObjectSection.StringTable)
        {
            throw Damaged("its section names are no string table");
        }

        var sections = new ObjectSection[count];
        for (var i = 0; i < count; i++)
        {
            sections[i] = ReadSection(start, i, names);
        }

        return sections;
    }

    private ObjectSection ReadSection(int start, int index, ObjectSection names)
    {
        var header = _bytes.Span.Slice(start + index * SectionHeaderLength, SectionHeaderLength);
        var type = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        var size = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        var name = names.Size == 0 ? "" : Text(names, BinaryPrimitives.ReadUInt32LittleEndian(header));
        ObjectChecks.Extent(this, index, name, type, offset, size, BinaryPrimitives.ReadUInt64LittleEndian(header[48..]));
        return new ObjectSection(
            index,
            name,
            type,
            BinaryPrimitives.ReadUInt64LittleEndian(header[8..]),
            type is ObjectSection.NoBits or 0 ? 0 : (int)offset,
            type == 0 ? 0 : (int)size,
            BinaryPrimitives.ReadUInt32LittleEndian(header[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[44..]),
            (uint)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(header[56..]), uint.MaxValue));
    }

    private ObjectSection FindSymbolTable()
    {
        var tables = _sections.Where(section => section.Type == ObjectSection.SymbolTable).ToArray();
        return tables.Length switch
        {
            1 => tables[0],
            0 => throw new ObjectFormatException(Subject, "it has no symbol table", "it was stripped: strip with llvm-strip -g, which keeps what libbpf needs"),
            _ => throw Damaged("it has several symbol tables"),
        };
    }

    private ObjectSymbol[] ReadSymbols()
    {
        if (SymbolTable.EntrySize != SymbolLength || SymbolTable.Size % SymbolLength != 0 || SymbolTable.Link >= _sections.Length)
        {
            throw Damaged("its symbol table is malformed");
        }

        var names = _sections[SymbolTable.Link];
        if (names.Type != ObjectSection.StringTable)
        {
            throw Damaged("its symbol names are no string table");
        }

        var table = Data(SymbolTable).Span;
        var symbols = new ObjectSymbol[table.Length / SymbolLength];
        for (var i = 0; i < symbols.Length; i++)
        {
            var entry = table.Slice(i * SymbolLength, SymbolLength);
            symbols[i] = new ObjectSymbol(
                Text(names, BinaryPrimitives.ReadUInt32LittleEndian(entry)),
                (byte)(entry[4] & 0xf),
                (byte)(entry[4] >> 4),
                BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]));
        }

        return symbols;
    }

    private string Text(ObjectSection table, uint offset)
    {
        var strings = Data(table).Span;
        if (offset >= strings.Length)
        {
            throw Damaged($"a name is at 0x{offset:x} of string table {table.Index}, which ends at 0x{strings.Length:x}");
        }

        var end = strings[(int)offset..].IndexOf((byte)0);
        return end >= 0
            ? Encoding.UTF8.GetString(strings.Slice((int)offset, end))
            : throw Damaged($"string table {table.Index} has no end");
    }
}
