using System.Buffers.Binary;
using System.Text;
using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.BadInput;

/// <summary>Files that are no objects, objects cut short, and objects with one wrong field.</summary>
internal static class DamagedObjects
{
    private const int SectionTable = 40, SectionEntrySize = 58, SectionCount = 60, SectionNames = 62;
    private const int Entry = 64, EntryOffset = 24, EntrySize = 32, EntryAlignment = 48;

    private static readonly byte[] Sample = TestObjects.Compile(TestObjects.Sample);

    internal static IEnumerable<BadInputCase> Cases() => [.. OtherFiles(), .. Cuts(), .. Headers(), .. Sections(), .. Symbols(), .. Types()];

    private static IEnumerable<BadInputCase> OtherFiles() =>
    [
        Case("empty file", [], "the file is empty"),
        Case("text", "hello"u8.ToArray(), "it is not an ELF file"),
        Case("C source", Encoding.UTF8.GetBytes("#include \"x.h\"\nint main;"), "it is not an ELF file", "C source"),
        Case("LLVM bitcode", [(byte)'B', (byte)'C', 0xc0, 0xde, 0], "bitcode"),
        Case("archive", "!<arch>\n"u8.ToArray(), "archive"),
        Case("raw BTF", [0x9f, 0xeb, 1, 0], "raw BTF"),
        Case("an executable", File.ReadAllBytes("/bin/true"), "x86-64", "clang -target bpf"),
        new("missing file", () => OpenBpfObject.OpenFile("/nonexistent/x.o"), typeof(BpfException), "read", "object file '/nonexistent/x.o'", "there is no such file"),
        new("a folder", () => OpenBpfObject.OpenFile("/tmp"), typeof(BpfException), "read", "object file '/tmp'", "directory"),
        new("empty path", () => OpenBpfObject.OpenFile(""), typeof(ArgumentException), "", "", "path"),
        new("empty name", () => OpenBpfObject.Open(Sample, ""), typeof(ArgumentException), "", "", "name"),
    ];

    /// <summary>Cut within the header, and at steps through the whole file.</summary>
    private static IEnumerable<BadInputCase> Cuts()
    {
        foreach (var length in new[] { 4, 16, 40, 63 })
        {
            yield return Case($"cut to {length} bytes", Sample[..length], "cut short", "its header");
        }

        for (var part = 1; part < 16; part++)
        {
            yield return Case($"cut to {part}/16", Sample[..(Sample.Length * part / 16)], "cut short", "compile or copy it again");
        }
    }

    private static IEnumerable<BadInputCase> Headers() =>
    [
        Byte("32-bit", 4, 1, "not a 64-bit ELF file"),
        Byte("big-endian", 5, 2, "big-endian"),
        Byte("no byte order", 5, 0, "not a 64-bit ELF file"),
        Byte("no magic", 1, 0, "not an ELF file"),
        Half("executable type", 16, 2, "ELF type 2"),
        Half("shared object type", 16, 3, "ELF type 3"),
        Half("x86", 18, 3, "x86 (machine 3)"),
        Half("aarch64", 18, 183, "aarch64"),
        Half("RISC-V", 18, 243, "RISC-V"),
        Half("unknown machine", 18, 4242, "machine 4242"),
        Half("no sections", SectionCount, 0, "its section table is malformed"),
        Half("too many sections", SectionCount, 60000, "cut short", "section table"),
        Half("small section headers", SectionEntrySize, 40, "its section table is malformed"),
        Half("names beyond the table", SectionNames, 60000, "its section table is malformed"),
        Half("names in section 0", SectionNames, 0, "its section table is malformed"),
        Long("table beyond the file", SectionTable, 1 << 20, "cut short", "section table"),
        Long("table at a negative place", SectionTable, ulong.MaxValue - 7, "cut short"),
        Long("table misaligned", SectionTable, 65, "its section table is malformed"),
    ];

    /// <summary>Each section's place, size and alignment made wrong.</summary>
    private static IEnumerable<BadInputCase> Sections()
    {
        var elf = ObjectFile.Parse(Sample, "object 'bad'");
        var table = (int)BinaryPrimitives.ReadUInt64LittleEndian(Sample.AsSpan(SectionTable));
        foreach (var section in elf.Sections.Where(section => section.Type != 0))
        {
            var at = table + section.Index * Entry;
            var name = section.Name;
            yield return Case($"section {name} of enormous size", With(at + EntrySize, 1UL << 40), $"section {section.Index} ", "size 0x10000000000");
            yield return Case($"section {name} with alignment 3", With(at + EntryAlignment, 3), "alignment 0x3");
            if (section.Type != ObjectSection.NoBits)
            {
                yield return Case($"section {name} beyond the file", With(at + EntryOffset, 1 << 24), "cut short");
            }
        }
    }

    private static IEnumerable<BadInputCase> Symbols()
    {
        var elf = ObjectFile.Parse(Sample, "object 'bad'");
        for (var i = 0; i < elf.Symbols.Count; i++)
        {
            var symbol = elf.Symbols[i];
            var at = elf.SymbolTable.Offset + i * 24;
            if (symbol.Kind == ObjectSymbol.KindFunction)
            {
                yield return Case($"function {symbol.Name} beyond its section", With(at + 16, 1 << 16), $"symbol '{symbol.Name}' reaches beyond its section");
                yield return Case($"function {symbol.Name} of half an instruction", With(at + 16, 4), "no whole instructions");
                yield return Case($"function {symbol.Name} that wraps around", With(at + 8, ulong.MaxValue - 7), "reaches beyond its section");
            }
        }
    }

    /// <summary>The types made wrong: magic, version, lengths, a type's own reference.</summary>
    private static IEnumerable<BadInputCase> Types()
    {
        var elf = ObjectFile.Parse(Sample, "object 'bad'");
        _ = elf.TryFind(".BTF", out var btf);
        _ = elf.TryFind(".BTF.ext", out var ext);
        return
        [
            Case("BTF without magic", With(btf.Offset, 0), "'.BTF'", "magic"),
            Case("BTF with long header", With(btf.Offset + 4, 0xffff), "'.BTF'"),
            Case("BTF types beyond the end", With(btf.Offset + 12, 0x7fffff00), "'.BTF'"),
            Case("BTF strings beyond the end", With(btf.Offset + 20, 0x7fffff00), "'.BTF'"),
            Case("BTF.ext without magic", With(ext.Offset, 0), "'.BTF.ext'", "header"),
            Case("BTF.ext with long header", With(ext.Offset + 4, 0xffff), "'.BTF.ext'", "header"),
            Case("BTF.ext lines beyond the end", With(ext.Offset + 20, 0x7fffff00), "'.BTF.ext'"),
            Case("BTF.ext functions beyond the end", With(ext.Offset + 12, 0x7fffff00), "'.BTF.ext'"),
        ];
    }

    private static BadInputCase Byte(string name, int at, byte value, params string[] words)
    {
        var bytes = Sample.ToArray();
        bytes[at] = value;
        return Case(name, bytes, words);
    }

    private static BadInputCase Half(string name, int at, ushort value, params string[] words)
    {
        var bytes = Sample.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), value);
        return Case(name, bytes, words);
    }

    private static BadInputCase Long(string name, int at, ulong value, params string[] words) => Case(name, With(at, value), words);

    private static byte[] With(int at, ulong value)
    {
        var bytes = Sample.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
        return bytes;
    }

    private static BadInputCase Case(string name, byte[] bytes, params string[] words) =>
        new($"object: {name}", () => OpenBpfObject.Open(bytes, "bad").Dispose(), typeof(ObjectFormatException), "open", "object 'bad'", words);
}
