namespace BpfInteractive;

/// <summary>Where a global variable lies: its section, its offset there, its type.</summary>
internal sealed record GlobalVariable(string Name, string Section, int Offset, int Size, BtfType Type)
{
    /// <summary>Whether the program sees it as a constant: it can be set before load only.</summary>
    internal bool IsReadOnly => Section.StartsWith(".rodata", StringComparison.Ordinal);
}

/// <summary>Finds an object's global variables: their types in its BTF, their places in its symbol table.</summary>
internal static class GlobalLayout
{
    internal static IReadOnlyList<GlobalVariable> Of(ObjectImage image)
    {
        if (image.Btf is not { } btf)
        {
            return [];
        }

        var variables = new List<GlobalVariable>();
        foreach (var type in btf.Types)
        {
            if (type.Kind == BtfKind.DataSection && image.Elf.TryFind(type.Name, out var section) && section.IsData)
            {
                Add(variables, image.Elf, section, type);
            }
        }

        return variables;
    }

    private static void Add(List<GlobalVariable> variables, ObjectFile elf, ObjectSection section, BtfType dataSection)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var symbol in elf.Symbols)
        {
            if (symbol.Section == section.Index && symbol.Name.Length > 0)
            {
                places[symbol.Name] = (int)symbol.Value;
            }
        }

        foreach (var variable in dataSection.SectionVariables)
        {
            // clang writes offsets for static variables alone; those of globals are 0 until a loader takes them from the symbols.
            var offset = places.TryGetValue(variable.Name, out var place) ? place : variable.OffsetBytes;
            var size = variable.Type.SizeBytes;
            if (size > 0 && offset >= 0 && size <= section.Size - offset)
            {
                variables.Add(new GlobalVariable(variable.Name, section.Name, offset, size, variable.Type));
            }
        }
    }
}
