namespace BpfInteractive;

/// <summary>A source line of a program's instruction: from .BTF.ext's line info.</summary>
/// <param name="Section">The ELF section of the instruction.</param>
/// <param name="InstructionOffset">Its byte offset in that section.</param>
/// <param name="File">The source file as clang was given it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1; 0 where unknown.</param>
/// <param name="Text">The line's text; "" where clang could not read it.</param>
internal readonly record struct BtfSourceLine(string Section, int InstructionOffset, string File, int Line, int Column, string Text);

/// <summary>The start of a function: from .BTF.ext's func info.</summary>
internal readonly record struct BtfFunctionStart(string Section, int InstructionOffset, int TypeId);

/// <summary>What a CO-RE relocation asks of the kernel's types (enum bpf_core_relo_kind in the kernel's uapi).</summary>
internal readonly record struct BtfRelocation(string Section, int InstructionOffset, int TypeId, string Access, int Kind);

/// <summary>The .BTF.ext section: functions, source lines and CO-RE relocations of an object's instructions.</summary>
internal sealed class BtfExtension
{
    internal IReadOnlyList<BtfFunctionStart> Functions { get; private init; } = [];

    internal IReadOnlyList<BtfSourceLine> Lines { get; private init; } = [];

    internal IReadOnlyList<BtfRelocation> Relocations { get; private init; } = [];

    /// <summary>Reads a .BTF.ext section.</summary>
    /// <exception cref="BtfFormatException">It is damaged.</exception>
    internal static BtfExtension Parse(ReadOnlyMemory<byte> contents, BtfData types)
    {
        var image = new BtfImage(contents.Span);
        if (image.Length < 24 || (image.ReadUInt32(0) & 0xffff) != BtfLayout.Magic)
        {
            throw new BtfFormatException(".BTF.ext", 0, "it does not start with BTF's magic");
        }

        var header = image.ReadUInt32(4);
        return new BtfExtension
        {
            Functions = [.. Records(image, types, header, 8, 8).Select(record => new BtfFunctionStart(record.Section, record.Word(0), record.Word(4)))],
            Lines = [.. Records(image, types, header, 16, 16).Select(record => Line(types, record))],
            Relocations = header >= 32
                ? [.. Records(image, types, header, 24, 16).Select(record => new BtfRelocation(record.Section, record.Word(0), record.Word(4), types.TextAt((uint)record.Word(8)), record.Word(12)))]
                : [],
        };
    }

    private static BtfSourceLine Line(BtfData types, Record record)
    {
        var place = (uint)record.Word(12);
        return new BtfSourceLine(record.Section, record.Word(0), types.TextAt((uint)record.Word(4)), (int)(place >> 10), (int)(place & 0x3ff), types.TextAt((uint)record.Word(8)));
    }

    /// <summary>One of the three parts: a record size, then for each section its name, a count and the records.</summary>
    private static IEnumerable<Record> Records(BtfImage image, BtfData types, uint header, int at, int smallest)
    {
        long position = header + (long)image.ReadUInt32(at);
        var end = position + image.ReadUInt32(at + 4);
        if (end > image.Length)
        {
            throw new BtfFormatException(".BTF.ext", at, $"a part ends at 0x{end:x}, but the section at 0x{image.Length:x}");
        }

        if (end - position < 4)
        {
            yield break;
        }

        long size = image.ReadUInt32((int)position);
        if (size < smallest || size % 4 != 0)
        {
            throw new BtfFormatException(".BTF.ext", position, $"records of {size} bytes; at least {smallest} are wanted");
        }

        position += 4;
        while (end - position >= 8)
        {
            var section = types.TextAt(image.ReadUInt32((int)position));
            long count = image.ReadUInt32((int)position + 4);
            position += 8;
            if (count * size > end - position)
            {
                throw new BtfFormatException(".BTF.ext", position, $"{count} records of {size} bytes do not fit");
            }

            for (; count > 0; count--, position += size)
            {
                yield return new Record(image, section, (int)position);
            }
        }
    }

    private readonly record struct Record(BtfImage Image, string Section, int At)
    {
        internal int Word(int offset) => Image.ReadInt32(At + offset);
    }
}
