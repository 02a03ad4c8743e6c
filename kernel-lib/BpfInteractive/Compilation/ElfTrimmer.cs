using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>
/// Takes the DWARF out of an object (a tenth to a hundredth is left; BTF stays). Sections keep their numbers, so that symbols and relocations stay
/// true; those of DWARF become empty, which loaders pass over by their names.
/// </summary>
internal static class ElfTrimmer
{
    private const int HeaderLength = 64;
    private const int SectionHeaderLength = 64;

    internal static byte[] WithoutDwarf(ReadOnlyMemory<byte> file, string subject)
    {
        var elf = ObjectFile.Parse(file, subject);
        var kept = elf.Sections.Select(section => IsDwarf(section.Name) || section.Type is 0 or ObjectSection.NoBits ? default : elf.Data(section)).ToArray();
        var table = HeaderLength;
        foreach (var contents in kept)
        {
            table = Align(table) + contents.Length;
        }

        table = Align(table);
        var result = new byte[table + (elf.Sections.Count * SectionHeaderLength)];
        file.Span[..HeaderLength].CopyTo(result);
        var oldTable = (int)BinaryPrimitives.ReadInt64LittleEndian(file.Span[40..]);
        file.Span.Slice(oldTable, elf.Sections.Count * SectionHeaderLength).CopyTo(result.AsSpan(table));
        BinaryPrimitives.WriteInt64LittleEndian(result.AsSpan(40), table);

        var position = HeaderLength;
        for (var index = 0; index < kept.Length; index++)
        {
            position = Align(position);
            kept[index].Span.CopyTo(result.AsSpan(position));
            var header = result.AsSpan(table + (index * SectionHeaderLength));
            BinaryPrimitives.WriteInt64LittleEndian(header[24..], position);
            if (IsDwarf(elf.Sections[index].Name))
            {
                BinaryPrimitives.WriteInt64LittleEndian(header[32..], 0);
            }

            position += kept[index].Length;
        }

        return result;
    }

    private static int Align(int position) => (position + 15) & ~15;

    private static bool IsDwarf(string section) =>
        section.StartsWith(".debug_", StringComparison.Ordinal) || section.StartsWith(".rel.debug_", StringComparison.Ordinal);
}
