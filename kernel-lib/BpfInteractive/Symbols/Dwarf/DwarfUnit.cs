namespace BpfInteractive;

/// <summary>One unit of .debug_info: its header, and what its first entry tells of the whole.</summary>
internal sealed class DwarfUnit
{
    private const byte KindType = 2;
    private const byte KindSkeleton = 4;
    private const byte KindSplitCompile = 5;
    private const byte KindSplitType = 6;

    private readonly DwarfSections _sections;
    private ulong _stringOffsetsBase;
    private ulong _addressBase;
    private ulong _rangeListsBase;
    private ulong _rangesStart;
    private ulong _splitRangesBase;
    private DwarfUnit? _skeleton;

    private DwarfUnit(DwarfSections sections) => _sections = sections;

    /// <summary>Where its header begins in .debug_info; references within it count from here.</summary>
    internal ulong Start { get; private init; }

    /// <summary>Where the next unit begins.</summary>
    internal ulong End { get; private init; }

    /// <summary>Where its first entry begins.</summary>
    internal ulong FirstEntry { get; private init; }

    internal ushort Version { get; private init; }

    internal byte AddressSize { get; private init; }

    internal bool Is64 { get; private init; }

    internal ulong AbbreviationsAt { get; private set; }

    /// <summary>The id that both halves of a split unit have.</summary>
    internal ulong SplitId { get; private set; }

    /// <summary>The .dwo file that has the other half; none where the unit is whole.</summary>
    internal DwarfValue SplitName { get; private set; }

    /// <summary>Whether it is about code, not about a type alone.</summary>
    internal bool HasCode { get; private init; }

    /// <summary>Where its lines are in .debug_line; null for nowhere.</summary>
    internal ulong? LinesAt { get; private set; }

    /// <summary>The folder that its compiler ran in.</summary>
    internal DwarfValue Folder { get; private set; }

    /// <summary>The stretches of code that it is about.</summary>
    internal List<(ulong Start, ulong End)> Ranges { get; } = [];

    /// <summary>Where its addresses begin, for lists of ranges.</summary>
    private ulong BaseAddress { get; set; }

    /// <summary>Reads the headers of all units, and no more.</summary>
    /// <exception cref="SymbolFileException">One is damaged.</exception>
    internal static List<DwarfUnit> ReadAll(DwarfSections sections, DwarfBudget budget)
    {
        var units = new List<DwarfUnit>();
        for (var at = 0ul; at < (ulong)sections.Info.Length;)
        {
            budget.Spend(16);
            budget.Keep(DwarfBudget.UnitBytes);
            var unit = ReadHeader(sections, at);
            units.Add(unit);
            at = unit.End;
        }

        return units;
    }

    private static DwarfUnit ReadHeader(DwarfSections sections, ulong at)
    {
        var reader = new DwarfReader(sections.Info, at);
        var length = reader.UnitLength(out var is64);
        var end = length <= (ulong)(sections.Info.Length - reader.At) ? (ulong)reader.At + length : throw DwarfReader.Damaged();
        var version = reader.UInt16();
        if (version is < 2 or > 5)
        {
            throw new SymbolFileException(FormattableString.Invariant($"its debug information is DWARF {version}, which is not read"));
        }

        byte kind = 0, addressSize;
        ulong abbreviations, id = 0;
        if (version == 5)
        {
            kind = reader.Byte();
            addressSize = reader.Byte();
            abbreviations = reader.Offset(is64);
            id = kind is KindSkeleton or KindSplitCompile ? reader.UInt64() : 0;
            reader.Skip(kind is KindType or KindSplitType ? 8u + (is64 ? 8u : 4u) : 0u);
        }
        else
        {
            abbreviations = reader.Offset(is64);
            addressSize = reader.Byte();
        }

        return addressSize is not (4 or 8) || (ulong)reader.At > end ? throw DwarfReader.Damaged() : new DwarfUnit(sections)
        {
            Start = at,
            End = end,
            FirstEntry = (ulong)reader.At,
            Version = version,
            AddressSize = addressSize,
            Is64 = is64,
            AbbreviationsAt = abbreviations,
            SplitId = id,
            _stringOffsetsBase = version < 5 ? 0u : is64 ? 16u : 8u,
            _addressBase = version < 5 ? 0u : 8u,
            HasCode = kind is not (KindType or KindSplitType),
        };
    }

    /// <summary>Reads the first entry: where its code lies, and where the tables are that the other entries name. Only then are the others read.</summary>
    internal void ReadFirstEntry(Dictionary<ulong, DwarfAbbreviation> abbreviations, DwarfBudget budget)
    {
        var reader = new DwarfReader(_sections.Info.AsSpan(0, (int)End), FirstEntry);
        if (reader.IsAtEnd || !abbreviations.TryGetValue(reader.Unsigned(), out var entry))
        {
            return;
        }

        // The bases come behind values that need them.
        var start = reader.At;
        foreach (var (name, form, value) in entry.Attributes)
        {
            var read = ReadSkippingIndexed(ref reader, form, value);
            switch (name)
            {
                case DwarfNames.StringOffsetsBase when read.Number != 0:
                    _stringOffsetsBase = read.Number;
                    break;
                case DwarfNames.GnuRangesBase:
                    _splitRangesBase = read.Number;
                    break;
                case DwarfNames.AddressBase or DwarfNames.GnuAddressBase:
                    _addressBase = read.Number;
                    break;
                case DwarfNames.RangeListsBase:
                    _rangeListsBase = read.Number;
                    break;
            }
        }

        reader = new DwarfReader(_sections.Info.AsSpan(0, (int)End), (ulong)start);
        var code = default(DwarfCode);
        foreach (var (name, form, value) in entry.Attributes)
        {
            var read = DwarfForms.Read(ref reader, form, value, this);
            code.Take(name, read);
            switch (name)
            {
                case DwarfNames.Lines when read.Class == DwarfClass.Constant:
                    LinesAt = read.Number;
                    break;
                case DwarfNames.Folder:
                    Folder = read;
                    break;
                case DwarfNames.SplitName or DwarfNames.GnuSplitName:
                    SplitName = read;
                    break;
                case DwarfNames.GnuSplitId:
                    SplitId = read.Number;
                    break;
            }
        }

        BaseAddress = code.Low.Class == DwarfClass.Address ? code.Low.Number : 0;
        AddRanges(Ranges, code, budget);
    }

    /// <summary>Makes this the other half of a unit that was split: what is counted from the skeleton's bases is, and the rest from where the unit's parts begin.</summary>
    /// <returns>False where it is the half of another already, in a file that lies.</returns>
    internal bool Join(DwarfUnit skeleton, DwarfUnitParts parts)
    {
        if (_skeleton is not null)
        {
            return _skeleton == skeleton;
        }

        _skeleton = skeleton;
        (_addressBase, BaseAddress) = (skeleton._addressBase, skeleton.BaseAddress);
        AbbreviationsAt += parts.Abbreviations;
        _stringOffsetsBase += parts.StringOffsets;
        _rangesStart = Version < 5 ? skeleton._splitRangesBase : parts.RangeLists;
        _rangeListsBase = parts.RangeLists + (Is64 ? 20u : 12u); // behind the head of the lists (7.28)
        return true;
    }

    /// <summary>The text that a number of this unit stands for.</summary>
    internal DwarfValue TextOf(ulong index) =>
        new(DwarfClass.Text, new DwarfReader(_sections.StringOffsets, At(_stringOffsetsBase, index, Is64 ? 8u : 4u)).Offset(Is64));

    /// <summary>The address that a number of this unit stands for.</summary>
    internal DwarfValue AddressOf(ulong index)
    {
        var reader = new DwarfReader(_sections.Addresses, At(_addressBase, index, AddressSize));
        return new(DwarfClass.Address, AddressSize == 8 ? reader.UInt64() : reader.UInt32());
    }

    /// <summary>The code of an entry: one stretch, or a list.</summary>
    internal void AddRanges(List<(ulong Start, ulong End)> to, in DwarfCode code, DwarfBudget budget)
    {
        var (low, high, ranges) = (code.Low, code.High, code.Ranges);
        if (ranges.Class == DwarfClass.RangeIndex)
        {
            var at = At(_rangeListsBase, ranges.Number, Is64 ? 8u : 4u);
            AddList(to, unchecked(_rangeListsBase + new DwarfReader(_sections.RangeLists, at).Offset(Is64)), budget);
        }
        else if (ranges.Class == DwarfClass.Constant)
        {
            AddList(to, unchecked(_rangesStart + ranges.Number), budget);
        }
        else if (low.Class == DwarfClass.Address && high.Class is DwarfClass.Address or DwarfClass.Constant)
        {
            budget.Spend(DwarfBudget.Kept);
            budget.Keep(DwarfBudget.RangeBytes);
            Add(to, low.Number, high.Class == DwarfClass.Address ? high.Number : unchecked(low.Number + high.Number));
        }
    }

    private void AddList(List<(ulong Start, ulong End)> to, ulong at, DwarfBudget budget)
    {
        if (Version >= 5)
        {
            AddListOf5(to, at, budget);
            return;
        }

        // Pairs of addresses from a base; a pair of zeros ends them, one that begins with all ones is a new base (DWARF 4, 2.17.3).
        var reader = new DwarfReader(_sections.Ranges, at);
        for (var from = BaseAddress; ;)
        {
            budget.Spend(DwarfBudget.Kept);
            budget.Keep(DwarfBudget.RangeBytes);
            var (low, high) = AddressSize == 8 ? (reader.UInt64(), reader.UInt64()) : (reader.UInt32(), reader.UInt32());
            if (low == (AddressSize == 8 ? ulong.MaxValue : uint.MaxValue))
            {
                from = high;
            }
            else if (low == 0 && high == 0)
            {
                return;
            }
            else
            {
                Add(to, unchecked(low + from), unchecked(high + from));
            }
        }
    }

    /// <summary>DWARF 5, 7.25.</summary>
    private void AddListOf5(List<(ulong Start, ulong End)> to, ulong at, DwarfBudget budget)
    {
        var reader = new DwarfReader(_sections.RangeLists, at);
        for (var from = BaseAddress; ;)
        {
            budget.Spend(DwarfBudget.Kept);
            budget.Keep(DwarfBudget.RangeBytes);
            switch (reader.Byte())
            {
                case 0: // end_of_list
                    return;
                case 1: // base_addressx
                    from = AddressOf(reader.Unsigned()).Number;
                    break;
                case 2: // startx_endx
                    Add(to, AddressOf(reader.Unsigned()).Number, AddressOf(reader.Unsigned()).Number);
                    break;
                case 3: // startx_length
                    var start = AddressOf(reader.Unsigned()).Number;
                    Add(to, start, unchecked(start + reader.Unsigned()));
                    break;
                case 4: // offset_pair
                    Add(to, unchecked(from + reader.Unsigned()), unchecked(from + reader.Unsigned()));
                    break;
                case 5: // base_address
                    from = Address(ref reader);
                    break;
                case 6: // start_end
                    Add(to, Address(ref reader), Address(ref reader));
                    break;
                case 7: // start_length
                    start = Address(ref reader);
                    Add(to, start, unchecked(start + reader.Unsigned()));
                    break;
                default:
                    throw DwarfReader.Damaged();
            }
        }
    }

    private ulong Address(ref DwarfReader reader) => AddressSize == 8 ? reader.UInt64() : reader.UInt32();

    /// <summary>Code that the linker left out has the address 0, or one near the end of all.</summary>
    private static void Add(List<(ulong Start, ulong End)> to, ulong start, ulong end)
    {
        if (start < end && start != 0)
        {
            to.Add((start, end));
        }
    }

    private static ulong At(ulong start, ulong index, ulong size) => index <= uint.MaxValue ? unchecked(start + (index * size)) : throw DwarfReader.Damaged();

    /// <summary>Passes over values that need a base which is not known yet.</summary>
    private DwarfValue ReadSkippingIndexed(ref DwarfReader reader, ushort form, long value)
    {
        switch (form)
        {
            case 0x1a or 0x1b or 0x1f01 or 0x1f02:
                reader.Unsigned();
                return default;
            case 0x25 or 0x29:
                reader.Skip(1);
                return default;
            case 0x26 or 0x2a:
                reader.Skip(2);
                return default;
            case 0x27 or 0x2b:
                reader.Skip(3);
                return default;
            case 0x28 or 0x2c:
                reader.Skip(4);
                return default;
            default:
                return DwarfForms.Read(ref reader, form, value, this);
        }
    }
}

/// <summary>What an entry says of where its code lies, attribute by attribute.</summary>
internal struct DwarfCode
{
    internal DwarfValue Low { get; private set; }

    internal DwarfValue High { get; private set; }

    internal DwarfValue Ranges { get; private set; }

    /// <summary>Keeps an attribute's value if it is about that.</summary>
    internal void Take(ushort name, DwarfValue value)
    {
        switch (name)
        {
            case DwarfNames.LowPc:
                Low = value;
                break;
            case DwarfNames.HighPc:
                High = value;
                break;
            case DwarfNames.Ranges:
                Ranges = value;
                break;
        }
    }
}

/// <summary>The attributes that are looked at (DWARF 5, 7.5.4).</summary>
internal static class DwarfNames
{
    internal const ushort Name = 0x03;
    internal const ushort Lines = 0x10;
    internal const ushort LowPc = 0x11;
    internal const ushort HighPc = 0x12;
    internal const ushort Folder = 0x1b;
    internal const ushort AbstractOrigin = 0x31;
    internal const ushort Specification = 0x47;
    internal const ushort Ranges = 0x55;
    internal const ushort CallFile = 0x58;
    internal const ushort CallLine = 0x59;
    internal const ushort LinkageName = 0x6e;
    internal const ushort StringOffsetsBase = 0x72;
    internal const ushort AddressBase = 0x73;
    internal const ushort RangeListsBase = 0x74;
    internal const ushort SplitName = 0x76;
    internal const ushort MipsLinkageName = 0x2007;
    internal const ushort GnuSplitName = 0x2130;
    internal const ushort GnuSplitId = 0x2131;
    internal const ushort GnuRangesBase = 0x2132;
    internal const ushort GnuAddressBase = 0x2133;
}
