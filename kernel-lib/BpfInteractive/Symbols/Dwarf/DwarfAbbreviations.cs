namespace BpfInteractive;

/// <summary>What one kind of entry consists of (DWARF 5, 7.5.3).</summary>
internal sealed class DwarfAbbreviation(ulong tag, bool hasChildren, (ushort Name, ushort Form, long Value)[] attributes)
{
    internal ulong Tag { get; } = tag;

    internal bool HasChildren { get; } = hasChildren;

    internal (ushort Name, ushort Form, long Value)[] Attributes { get; } = attributes;

    /// <summary>The abbreviations that begin at a place of .debug_abbrev, by their codes.</summary>
    /// <exception cref="SymbolFileException">They are damaged.</exception>
    internal static Dictionary<ulong, DwarfAbbreviation> ReadTable(ReadOnlySpan<byte> section, ulong at, DwarfBudget budget)
    {
        var table = new Dictionary<ulong, DwarfAbbreviation>();
        var reader = new DwarfReader(section, at);
        var attributes = new List<(ushort, ushort, long)>();
        while (reader.Unsigned() is var code and not 0)
        {
            var tag = reader.Unsigned();
            var hasChildren = reader.Byte() != 0;
            attributes.Clear();
            while (true)
            {
                budget.Spend();
                var (name, form) = (reader.Unsigned(), reader.Unsigned());
                var value = form == DwarfForms.ImplicitConst ? reader.Signed() : 0;
                if (name == 0 && form == 0)
                {
                    break;
                }

                attributes.Add(name <= ushort.MaxValue && form <= ushort.MaxValue ? ((ushort)name, (ushort)form, value) : throw DwarfReader.Damaged());
            }

            table[code] = new DwarfAbbreviation(tag, hasChildren, [.. attributes]);
        }

        return table;
    }
}

/// <summary>
/// How much work a file's debug information may make: lists of hostile files name each other, and a megabyte would keep a reader busy for hours.
/// </summary>
internal sealed class DwarfBudget(long steps)
{
    /// <summary>For what is kept in memory: some twenty bytes for each range of code and each line.</summary>
    internal const long Kept = 8;

    private long _left = steps;

    /// <exception cref="SymbolFileException">It is used up.</exception>
    internal void Spend(long steps = 1)
    {
        _left -= steps;
        if (_left < 0)
        {
            throw new SymbolFileException("its debug information makes more work than its size explains");
        }
    }
}
