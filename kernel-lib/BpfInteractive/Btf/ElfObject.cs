using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>
/// A compiled BPF object as far as its types go: its BTF with the offsets of global variables filled in, and its .BTF.ext (source lines).
/// A pure parser: nothing is loaded.
/// </summary>
internal sealed class ElfObject
{
    private ElfObject(ElfReader elf, BtfData? btf, BtfExtension? extension)
    {
        Elf = elf;
        Btf = btf;
        Extension = extension;
    }

    internal ElfReader Elf { get; }

    /// <summary>The object's types; null when it was compiled without -g.</summary>
    internal BtfData? Btf { get; }

    /// <summary>Source lines and CO-RE relocations; null where there are none.</summary>
    internal BtfExtension? Extension { get; }

    /// <summary>Reads an object file.</summary>
    /// <exception cref="BtfFormatException">It is no ELF file, or damaged.</exception>
    internal static ElfObject Parse(ReadOnlyMemory<byte> file)
    {
        var elf = new ElfReader(file);
        var btf = elf.TryFind(".BTF", out var section) ? BtfData.Parse(WithSectionOffsets(elf, elf.Contents(section))) : null;
        var extension = btf is not null && elf.TryFind(".BTF.ext", out var ext) ? BtfExtension.Parse(elf.Contents(ext), btf) : null;
        return new ElfObject(elf, btf, extension);
    }

    /// <summary>clang leaves the sizes of data sections and the offsets of their variables at 0; the symbols know them (as libbpf's btf_finalize_data).</summary>
    private static byte[] WithSectionOffsets(ElfReader elf, ReadOnlyMemory<byte> raw)
    {
        var bytes = raw.ToArray();
        var data = BtfData.ParseUnvalidated(bytes);
        var symbols = new Dictionary<(int, string), ElfSymbol>();
        foreach (var symbol in elf.ReadSymbols())
        {
            symbols.TryAdd((symbol.Section, symbol.Name), symbol);
        }

        foreach (var type in data.Types)
        {
            if (type.Kind == BtfKind.DataSection && elf.TryFind(type.Name, out var section))
            {
                FillSection(bytes, data, type, section, symbols);
            }
        }

        return bytes;
    }

    private static void FillSection(byte[] bytes, BtfData data, BtfType type, ElfSection section, Dictionary<(int, string), ElfSymbol> symbols)
    {
        var record = data.OffsetOf(type.Id);
        if (data.Word(type.Id, 8) == 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(record + 8), section.Size);
        }

        for (var index = 0; index < type.Count; index++)
        {
            var at = BtfLayout.CommonLength + (index * BtfLayout.SectionVariableLength);
            var variable = data.Follow(data.Word(type.Id, at));
            if (variable.Kind == BtfKind.Variable && symbols.TryGetValue((section.Index, variable.Name), out var symbol) && symbol.Value <= int.MaxValue)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(record + at + 4), (int)symbol.Value);
            }
        }
    }
}
