namespace BpfInteractive;

/// <summary>An object file read and checked in managed code: its ELF sections, its types, its source lines.</summary>
internal sealed class ObjectImage
{
    private readonly Lazy<SourceMap> _sources;

    private ObjectImage(ObjectFile elf, BtfData? btf, ObjectExtension? extension)
    {
        Elf = elf;
        Btf = btf;
        Extension = extension;
        _sources = new Lazy<SourceMap>(() => new SourceMap(btf, extension?.Lines ?? []));
    }

    internal ObjectFile Elf { get; }

    /// <summary>The object's own types; null when it was compiled without -g.</summary>
    internal BtfData? Btf { get; }

    internal ObjectExtension? Extension { get; }

    /// <summary>Which source line each instruction comes from.</summary>
    internal SourceMap Sources => _sources.Value;

    /// <summary>The LICENSE section's text, or empty.</summary>
    internal string License => Elf.TryFind("license", out var section)
        ? System.Text.Encoding.UTF8.GetString(Elf.Data(section).Span).TrimEnd('\0')
        : "";

    /// <summary>Reads and checks an object file.</summary>
    /// <exception cref="ObjectFormatException">It is no BPF object, or damaged.</exception>
    internal static ObjectImage Parse(ReadOnlyMemory<byte> bytes, string subject)
    {
        var elf = ObjectFile.Parse(bytes, subject);
        if (!elf.TryFind(".BTF", out var section) || section.Size == 0)
        {
            return new ObjectImage(elf, null, null);
        }

        try
        {
            var btf = BtfData.Parse(elf.Data(section));
            ObjectChecks.Types(elf, btf);
            var extension = elf.TryFind(".BTF.ext", out var ext) && ext.Size > 0 ? ObjectExtension.Parse(elf, btf, elf.Data(ext)) : null;
            return new ObjectImage(elf, btf, extension);
        }
        catch (BtfFormatException error)
        {
            throw new ObjectFormatException(subject, $"the file is damaged: section '.BTF': {error.Detail}", "compile it again", error);
        }
    }

    /// <summary>The functions of a code section, those that are programs and those that programs call.</summary>
    internal IEnumerable<ObjectSymbol> FunctionsOf(string section) =>
        Elf.Symbols.Where(symbol => symbol.Kind == ObjectSymbol.KindFunction && symbol.HasSection && Elf.Sections[symbol.Section].Name == section);
}
