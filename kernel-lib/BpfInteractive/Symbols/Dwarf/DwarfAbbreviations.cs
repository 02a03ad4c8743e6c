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

                budget.Keep(DwarfBudget.AttributeBytes);
                attributes.Add(name <= ushort.MaxValue && form <= ushort.MaxValue ? ((ushort)name, (ushort)form, value) : throw DwarfReader.Damaged());
            }

            budget.Keep(DwarfBudget.AbbreviationBytes);
            table[code] = new DwarfAbbreviation(tag, hasChildren, [.. attributes]);
        }

        return table;
    }
}

/// <summary>
/// How much work a file's debug information may make, and how much memory it may take: lists of hostile files name each other, and a megabyte would keep a reader busy for hours.
/// </summary>
/// <remarks>One thread at a time; <see cref="KeptBytes"/> may be read by any.</remarks>
internal sealed class DwarfBudget(long steps, long bytes)
{
    /// <summary>The work that a file may make, for each byte of it and at least.</summary>
    private const long StepsPerByte = 8;
    private const long LeastSteps = 1 << 20;

    /// <summary>The memory that what is read of a file may take beside its sections, for each byte of those, and at least and at most.</summary>
    private const long BytesPerByte = 32;
    private const long LeastBytes = 16 << 20;
    private const long MostBytes = 128 << 20;

    /// <summary>The steps for what is kept in memory.</summary>
    internal const long Kept = 8;

    // What things take, the copies included that are there while they are put together.
    internal const long AttributeBytes = 16;
    internal const long AbbreviationBytes = 150;
    internal const long UnitBytes = 180;
    internal const long RangeBytes = 64;
    internal const long ScopeBytes = 64;
    internal const long RowBytes = 32;
    internal const long TextBytes = 64;

    private long _left = steps;
    private long _most = bytes;
    private long _kept;

    /// <summary>The memory that is taken.</summary>
    internal long KeptBytes => Interlocked.Read(ref _kept);

    /// <summary>Whether so much is taken that what can be read again ought to go before more is read.</summary>
    internal bool IsHalfKept => KeptBytes > _most / 2;

    /// <summary>The budget of a file with so many bytes of sections.</summary>
    internal static DwarfBudget Of(long sectionBytes) => new(LeastSteps + (StepsPerByte * sectionBytes), Math.Min(LeastBytes + (BytesPerByte * sectionBytes), MostBytes));

    /// <summary>Adds what more sections explain.</summary>
    internal void Grow(long sectionBytes)
    {
        _left += StepsPerByte * sectionBytes;
        _most = Math.Min(_most + (BytesPerByte * sectionBytes), MostBytes);
    }

    /// <summary>Asks for memory before it is taken.</summary>
    /// <exception cref="SymbolFileException">There is none left.</exception>
    internal void Keep(long more)
    {
        if (Interlocked.Add(ref _kept, more) > _most)
        {
            throw new SymbolFileException("its debug information takes more memory than its size explains");
        }
    }

    /// <summary>Gives memory back that was let go.</summary>
    internal void GiveBack(long less) => Interlocked.Add(ref _kept, -less);

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
