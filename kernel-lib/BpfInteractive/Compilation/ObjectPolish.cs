using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// Makes clang's object the one that is handed out: without DWARF (a tenth to a hundredth is left; BTF stays), and with the source's own name in the line
/// information. Sections keep their numbers, so that symbols and relocations stay true; those of DWARF become empty, which loaders pass over by their names.
/// </summary>
internal static class ObjectPolish
{
    private const int HeaderLength = 64;
    private const int SectionHeaderLength = 64;

    /// <summary>Polishes an object file.</summary>
    /// <param name="file">As clang wrote it.</param>
    /// <param name="oldName">What clang called the source.</param>
    /// <param name="newName">The name the user knows.</param>
    internal static byte[] Finish(ReadOnlyMemory<byte> file, string oldName, string newName)
    {
        var elf = ObjectFile.Parse(file, newName);
        var contents = elf.Sections.Select(section => IsDwarf(section.Name) || section.Type is 0 or ObjectSection.NoBits ? default : elf.Data(section)).ToArray();
        if (elf.TryFind(".BTF", out var types) && elf.TryFind(".BTF.ext", out var lines))
        {
            (contents[types.Index], contents[lines.Index]) = Rename(elf.Data(types), elf.Data(lines), oldName, newName);
        }

        return Assemble(file.Span, elf, contents);
    }

    private static byte[] Assemble(ReadOnlySpan<byte> file, ObjectFile elf, ReadOnlyMemory<byte>[] contents)
    {
        var table = contents.Aggregate(HeaderLength, static (position, part) => Align(position) + part.Length);
        table = Align(table);
        var result = new byte[table + (elf.Sections.Count * SectionHeaderLength)];
        file[..HeaderLength].CopyTo(result);
        var oldTable = (int)BinaryPrimitives.ReadInt64LittleEndian(file[40..]);
        file.Slice(oldTable, elf.Sections.Count * SectionHeaderLength).CopyTo(result.AsSpan(table));
        BinaryPrimitives.WriteInt64LittleEndian(result.AsSpan(40), table);

        var position = HeaderLength;
        for (var index = 0; index < contents.Length; index++)
        {
            position = Align(position);
            contents[index].Span.CopyTo(result.AsSpan(position));
            var header = result.AsSpan(table + (index * SectionHeaderLength));
            BinaryPrimitives.WriteInt64LittleEndian(header[24..], position);
            if (elf.Sections[index].Type is not (0 or ObjectSection.NoBits))
            {
                BinaryPrimitives.WriteInt64LittleEndian(header[32..], contents[index].Length);
            }

            position += contents[index].Length;
        }

        return result;
    }

    /// <summary>The new name goes behind the strings of .BTF, which end that section; the lines of .BTF.ext that point to the old one then point to it.</summary>
    private static (ReadOnlyMemory<byte> Types, ReadOnlyMemory<byte> Lines) Rename(ReadOnlyMemory<byte> types, ReadOnlyMemory<byte> lines, string oldName, string newName)
    {
        var header = BinaryPrimitives.ReadInt32LittleEndian(types.Span[4..]);
        var start = header + BinaryPrimitives.ReadInt32LittleEndian(types.Span[16..]);
        var length = BinaryPrimitives.ReadInt32LittleEndian(types.Span[20..]);
        var before = types.Span.Slice(start, length).IndexOf(Encoding.UTF8.GetBytes($"\0{oldName}\0"));
        if (before < 0 || start + length != types.Length)
        {
            return (types, lines);
        }

        byte[] renamed = [.. types.Span, .. Encoding.UTF8.GetBytes(newName), 0];
        BinaryPrimitives.WriteInt32LittleEndian(renamed.AsSpan(20), renamed.Length - start);
        var patched = lines.ToArray();
        PointTo(patched, before + 1, length);
        return (renamed, patched);
    }

    private static void PointTo(Span<byte> extension, int oldName, int newName)
    {
        var position = BinaryPrimitives.ReadInt32LittleEndian(extension[4..]) + BinaryPrimitives.ReadInt32LittleEndian(extension[16..]);
        var end = position + BinaryPrimitives.ReadInt32LittleEndian(extension[20..]);
        if (end - position < 4)
        {
            return;
        }

        var record = BinaryPrimitives.ReadInt32LittleEndian(extension[position..]);
        position += 4;
        while (position < end)
        {
            // The name of a section, a count, and the records: instruction, file, text, line and column.
            var count = BinaryPrimitives.ReadInt32LittleEndian(extension[(position + 4)..]);
            position += 8;
            for (; count > 0; count--, position += record)
            {
                if (BinaryPrimitives.ReadInt32LittleEndian(extension[(position + 4)..]) == oldName)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(extension[(position + 4)..], newName);
                }
            }
        }
    }

    private static int Align(int position) => (position + 15) & ~15;

    private static bool IsDwarf(string section) =>
        section.StartsWith(".debug_", StringComparison.Ordinal) || section.StartsWith(".rel.debug_", StringComparison.Ordinal);
}
