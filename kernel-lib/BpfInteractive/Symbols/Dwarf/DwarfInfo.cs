namespace BpfInteractive;

/// <summary>
/// The lines and inlined functions of one file by its debug information (DWARF 2 to 5). Units are read when an address of theirs is first asked for. A reader of our own rather
/// than elfutils' libdw: a profiler that runs as root reads the debug files of whoever's programs it saw, and what is damaged, or made to do harm, must end in a reason.
/// </summary>
/// <remarks>Thread-safe: one reads at a time.</remarks>
internal sealed class DwarfInfo
{
    /// <summary>Of the units' abbreviations, of which each unit may have its own: a large program's would take hundreds of megabytes.</summary>
    private const long MostAbbreviationBytes = 16 << 20;

    /// <summary>How far an entry's name is followed: from what was inlined to the function, its declaration and back.</summary>
    private const int LongestChain = 8;

    /// <summary>Real stretches of units overlap hardly ever; how many before are looked at.</summary>
    private const int MostOverlapping = 8;

    private readonly object _lock = new();
    private readonly DwarfSections _sections;
    private readonly DwarfInfo? _supplement;
    private readonly DwarfSplits? _splits;
    private readonly DwarfBudget _budget;
    private readonly List<DwarfUnit> _units;
    private readonly Dictionary<ulong, Dictionary<ulong, DwarfAbbreviation>> _abbreviations = [];
    private readonly Dictionary<ulong, DwarfScopes> _scopes = [];
    private readonly Dictionary<ulong, DwarfLines> _lines = [];
    private readonly Dictionary<ulong, (string Name, bool IsWhole)> _names = [];
    private (ulong Start, ulong End, DwarfUnit Unit)[]? _ranges;
    private long _abbreviationBytes;
    private long _unitBytes;

    private DwarfInfo(DwarfSections sections, DwarfBudget budget, DwarfInfo? supplement, SplitFiles? splitFiles)
    {
        _sections = sections;
        _supplement = supplement;
        _budget = budget;
        _splits = splitFiles is null ? null : new DwarfSplits(sections, budget, splitFiles);
        _units = DwarfUnit.ReadAll(sections, budget);
    }

    /// <summary>The memory it takes.</summary>
    internal long SizeBytes => SectionBytes + _budget.KeptBytes + (_supplement?.SizeBytes ?? 0) + (_splits?.SizeBytes ?? 0);

    /// <summary>That of its sections alone.</summary>
    internal long SectionBytes => _sections.SizeBytes;

    /// <summary>Reads a file's sections and the heads of its units; null where it has none.</summary>
    /// <param name="file">The file; not needed afterwards.</param>
    /// <param name="supplement">The file that this one shares parts with (dwz), or null.</param>
    /// <param name="splitFiles">Where files are that have the functions of units that were split; null for nowhere.</param>
    /// <exception cref="SymbolFileException">It is damaged.</exception>
    internal static DwarfInfo? Read(ElfFile file, DwarfInfo? supplement = null, SplitFiles? splitFiles = null) =>
        DwarfSections.Read(file) is { } sections ? new DwarfInfo(sections, DwarfBudget.Of(sections.SizeBytes), supplement, splitFiles) : null;

    /// <summary>The heads of the units of a .dwo or .dwp file, whose work and memory count with those of the file that runs. Such a one is asked for halves of units alone.</summary>
    /// <exception cref="SymbolFileException">It is damaged.</exception>
    internal static DwarfInfo OfSplit(DwarfSections sections, DwarfBudget budget) => new(sections, budget, null, null);

    /// <summary>
    /// The source lines of an address: what was inlined first, innermost first, and last the function that holds the code. Empty where the file tells nothing of the address.
    /// </summary>
    /// <param name="address">The address, as the file counts.</param>
    /// <param name="symbol">What the function is called by its symbol: the better name where the debug information has only one without class and arguments. Null for none.</param>
    /// <param name="demangle">Whether names become those of the source.</param>
    /// <exception cref="SymbolFileException">What tells of it is damaged.</exception>
    internal SourceLine[] Find(ulong address, string? symbol, bool demangle) => Find(address, symbol, demangle, out _);

    /// <summary>As above.</summary>
    /// <param name="address">The address, as the file counts.</param>
    /// <param name="symbol">What the function is called by its symbol.</param>
    /// <param name="demangle">Whether names become those of the source.</param>
    /// <param name="whyNotInlined">Why there is a line and nothing is known of inlined functions; else <see cref="FrameReason.None"/>.</param>
    internal SourceLine[] Find(ulong address, string? symbol, bool demangle, out FrameReason whyNotInlined)
    {
        lock (_lock)
        {
            whyNotInlined = FrameReason.None;
            return UnitOf(address) is { } unit ? Find(unit, address, symbol, demangle, ref whyNotInlined) : [];
        }
    }

    private SourceLine[] Find(DwarfUnit unit, ulong address, string? symbol, bool demangle, ref FrameReason whyNotInlined)
    {
        var lines = unit.LinesAt is { } at ? LinesOf(unit, at) : null;
        var (file, line) = ("", 0);
        var hasLine = lines is not null && lines.TryFind(address, out file, out line);
        if (unit.SplitName.Class != DwarfClass.None && _splits is not null)
        {
            var half = _splits.Of(unit, TextOf(unit.SplitName) ?? "", TextOf(unit.Folder) ?? "");
            try
            {
                if (half.Info?.Functions(half.Unit!, lines, file, line, address, symbol, demangle) is { Count: > 0 } split)
                {
                    return [.. split];
                }

                whyNotInlined = half.WhyNone;
            }
            catch (SymbolFileException damage) when (hasLine)
            {
                whyNotInlined = damage.Reason;
            }
        }

        // Some compilers say of inlined functions in both halves.
        var found = Functions(unit, lines, file, line, address, symbol, demangle);
        whyNotInlined = hasLine && found.Count == 0 ? whyNotInlined : FrameReason.None;
        return found.Count > 0 ? [.. found] : hasLine ? [new SourceLine(symbol ?? "", file, line)] : [];
    }

    /// <summary>The functions that hold an address, innermost first, each with the line it is at.</summary>
    private List<SourceLine> Functions(DwarfUnit unit, DwarfLines? lines, string file, int line, ulong address, string? symbol, bool demangle)
    {
        var found = new List<SourceLine>();
        var scopes = ScopesOf(unit);
        for (var scope = scopes.Find(address); scope >= 0; scope = scopes[scope].Parent)
        {
            var (name, isWhole) = NameOf(scopes[scope].Entry, demangle);
            var isBetter = !isWhole && symbol is not null && scopes[scope].Parent < 0 && !symbol.StartsWith(name + ".", StringComparison.Ordinal);
            found.Add(new SourceLine(isBetter ? symbol! : name, file, line));
            (file, line) = (lines?.FileOf(scopes[scope].CallFile) ?? "", (int)scopes[scope].CallLine);
        }

        return found;
    }

    /// <summary>Of a .dwo or .dwp file: the other half of a unit; null where it has none with that id.</summary>
    /// <exception cref="SymbolFileException">It is damaged.</exception>
    internal DwarfUnit? HalfOf(DwarfUnit skeleton)
    {
        if (_sections.PackageIndex.Length > 0)
        {
            return new DwarfPackageIndex(_sections.PackageIndex).Find(skeleton.SplitId, _budget) is { } parts && UnitAt(parts.Info) is { } within
                && within.Start == parts.Info && within.Join(skeleton, parts) ? within : null;
        }

        var unit = _units.Find(unit => unit.HasCode);
        if (unit is null || !unit.Join(skeleton, default))
        {
            return null;
        }

        if (unit.Version < 5)
        {
            unit.ReadFirstEntry(AbbreviationsOf(unit), _budget);
        }

        return unit.SplitId == skeleton.SplitId ? unit : null;
    }

    /// <summary>Lets go all that was read but the sections and the heads of units.</summary>
    internal void DropAll()
    {
        DropUnits();
        DropAbbreviations();
    }

    private DwarfUnit? UnitOf(ulong address)
    {
        _ranges ??= ReadRanges();
        if (_budget.IsHalfKept)
        {
            DropUnits();
        }

        var (low, high) = (0, _ranges.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _ranges[middle].Start <= address ? (middle + 1, high) : (low, middle);
        }

        for (var at = low - 1; at >= Math.Max(0, low - MostOverlapping); at--)
        {
            if (address < _ranges[at].End)
            {
                return _ranges[at].Unit;
            }
        }

        return null;
    }

    /// <summary>Lets go what was read of units, all but where their code lies; what is needed of it is read again, which the work that the file may make counts too.</summary>
    private void DropUnits()
    {
        _lines.Clear();
        _scopes.Clear();
        _names.Clear();
        _budget.GiveBack(_unitBytes);
        _unitBytes = 0;
        _splits?.DropUnits();
    }

    private void DropAbbreviations()
    {
        _abbreviations.Clear();
        _budget.GiveBack(_abbreviationBytes);
        _abbreviationBytes = 0;
    }

    private (ulong Start, ulong End, DwarfUnit Unit)[] ReadRanges()
    {
        foreach (var unit in _units.Where(unit => unit.HasCode))
        {
            unit.ReadFirstEntry(AbbreviationsOf(unit), _budget);
        }

        return [.. _units.SelectMany(unit => unit.Ranges.Select(range => (range.Start, range.End, unit))).OrderBy(range => range.Start)];
    }

    private Dictionary<ulong, DwarfAbbreviation> AbbreviationsOf(DwarfUnit unit)
    {
        if (!_abbreviations.TryGetValue(unit.AbbreviationsAt, out var table))
        {
            if (_abbreviationBytes > MostAbbreviationBytes)
            {
                DropAbbreviations();
            }

            _abbreviations[unit.AbbreviationsAt] = table = Counted(ref _abbreviationBytes, () => DwarfAbbreviation.ReadTable(_sections.Abbreviations, unit.AbbreviationsAt, _budget));
        }

        return table;
    }

    /// <summary>Reads something, and adds what it takes, also where it is damaged after the half.</summary>
    private T Counted<T>(ref long bytes, Func<T> read)
    {
        var before = _budget.KeptBytes;
        try
        {
            return read();
        }
        finally
        {
            bytes += _budget.KeptBytes - before;
        }
    }

    private DwarfScopes ScopesOf(DwarfUnit unit)
    {
        if (!_scopes.TryGetValue(unit.Start, out var scopes))
        {
            var abbreviations = AbbreviationsOf(unit);
            _scopes[unit.Start] = scopes = Counted(ref _unitBytes, () => DwarfScopes.Read(_sections, unit, abbreviations, _budget));
        }

        return scopes;
    }

    private DwarfLines LinesOf(DwarfUnit unit, ulong at)
    {
        if (!_lines.TryGetValue(at, out var lines))
        {
            _lines[at] = lines = Counted(ref _unitBytes, () => DwarfLines.Read(_sections, unit, at, TextOf, _budget));
        }

        return lines;
    }

    private (string Name, bool IsWhole) NameOf(ulong entry, bool demangle)
    {
        if (!_names.TryGetValue(entry, out var name))
        {
            var (raw, isWhole) = RawNameOf(entry, LongestChain);
            _names[entry] = name = (demangle && raw is { Length: > 0 } ? Demangler.Demangle(System.Text.Encoding.UTF8.GetBytes(raw)) : raw ?? "", isWhole);
            _unitBytes += DwarfBudget.TextBytes + (2L * name.Name.Length);
            _budget.Keep(DwarfBudget.TextBytes + (2L * name.Name.Length));
        }

        return name;
    }

    /// <summary>The linker's name before the plain one, wherever on the way it stands, for it says of which class.</summary>
    private (string? Name, bool IsWhole) RawNameOf(ulong entry, int steps)
    {
        string? plain = null;
        DwarfValue next = new(DwarfClass.Reference, entry);
        for (; next.Class == DwarfClass.Reference && steps > 0; steps--)
        {
            var (linkage, name, origin) = ReadName(next.Number);
            if (linkage is not null)
            {
                return (linkage, true);
            }

            (plain, next) = (plain ?? name, origin);
        }

        var (shared, isWhole) = next.Class == DwarfClass.OtherReference && steps > 0 && _supplement is not null ? _supplement.NameOfShared(next.Number, steps) : default;
        return (isWhole ? shared : plain ?? shared, isWhole);
    }

    private (string? Name, bool IsWhole) NameOfShared(ulong entry, int steps)
    {
        lock (_lock)
        {
            return RawNameOf(entry, steps);
        }
    }

    private (string? Linkage, string? Name, DwarfValue Origin) ReadName(ulong entry)
    {
        if (UnitAt(entry) is not { } unit || entry < unit.FirstEntry)
        {
            return default;
        }

        var reader = new DwarfReader(_sections.Info.AsSpan(0, (int)unit.End), entry);
        if (!AbbreviationsOf(unit).TryGetValue(reader.Unsigned(), out var abbreviation))
        {
            throw DwarfReader.Damaged();
        }

        _budget.Spend(1 + abbreviation.Attributes.Length);
        string? linkage = null, name = null;
        DwarfValue origin = default;
        foreach (var (attribute, form, value) in abbreviation.Attributes)
        {
            var read = DwarfForms.Read(ref reader, form, value, unit);
            switch (attribute)
            {
                case DwarfNames.LinkageName or DwarfNames.MipsLinkageName:
                    linkage = TextOf(read);
                    break;
                case DwarfNames.Name:
                    name = TextOf(read);
                    break;
                case DwarfNames.AbstractOrigin or DwarfNames.Specification:
                    origin = read;
                    break;
            }
        }

        return (linkage, name, origin);
    }

    private DwarfUnit? UnitAt(ulong entry)
    {
        var (low, high) = (0, _units.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _units[middle].Start <= entry ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && entry < _units[low - 1].End ? _units[low - 1] : null;
    }

    private string? TextOf(DwarfValue value)
    {
        var text = value.Class switch
        {
            DwarfClass.InlineText => DwarfReader.TextAt(_sections.Info, value.Number),
            DwarfClass.Text => DwarfReader.TextAt(_sections.Strings, value.Number),
            DwarfClass.LineText => DwarfReader.TextAt(_sections.LineStrings, value.Number),
            DwarfClass.OtherText => _supplement is null ? null : DwarfReader.TextAt(_supplement._sections.Strings, value.Number),
            _ => null,
        };
        _budget.Spend(text?.Length ?? 0);
        return text;
    }
}
