namespace BpfInteractive;

/// <summary>
/// The symbols of one file, best table first: its own .symtab, that of its debug file, those of its MiniDebugInfo, .dynsym, and the stubs of
/// its procedure linkage table. Names are made when they are first asked for.
/// </summary>
/// <remarks>Immutable but for the names made, which any thread may make twice: thread-safe.</remarks>
internal sealed class ModuleSymbols
{
    private readonly AddressMap _addresses;
    private readonly NamedTable[] _tables;
    private readonly FrameReason _reasonForNone;
    private readonly bool _demangle;
    private AddressRange[] _emptyStubs = [];
    private volatile NamedTable? _stubs;

    private ModuleSymbols(AddressMap addresses, IEnumerable<SymbolTable> tables, FrameReason reasonForNone, bool demangle)
    {
        _demangle = demangle;
        _addresses = addresses;
        _tables = [.. tables.Where(table => table.Count > 0).Select(table => new NamedTable(table, demangle))];
        _reasonForNone = reasonForNone;
    }

    /// <summary>The memory it takes, names included.</summary>
    internal long SizeBytes => 256 + _tables.Sum(table => table.SizeBytes) + (_stubs?.SizeBytes ?? 0) + (Lines?.SizeBytes ?? 0);

    /// <summary>Its debug information; null where it was not asked for, or there is none.</summary>
    internal DwarfInfo? Lines { get; private init; }

    /// <summary>Why there is none, where it was asked for.</summary>
    internal FrameReason WhyNoLines { get; private init; }

    /// <summary>Reads what a file has.</summary>
    /// <param name="file">The file; it is not needed afterwards.</param>
    /// <param name="buildId">Its build id.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="debugFiles">Where its debug file may be; null for nowhere.</param>
    /// <param name="options">Whether names become those of the source, and whether lines are wanted.</param>
    /// <param name="wanted">The only offsets that will be named: what they do not need is left out. Null for all.</param>
    /// <param name="token">Ends the fetching of a debug file.</param>
    /// <exception cref="SymbolFileException">It is damaged.</exception>
    internal static ModuleSymbols Read(
        ElfFile file, BuildId buildId, string path, DebugFiles? debugFiles, SymbolizerOptions options, ulong[]? wanted = null, CancellationToken token = default)
    {
        var map = AddressMap.Of(file);
        var addresses = wanted is null ? null : map.AddressesOf(wanted);
        List<SymbolTable> tables = [ElfSymbolReader.Read(file, ElfSymbolReader.Whole, addresses)];
        var isListed = tables[0].HasFunctions;
        var whyNoDebugFile = FrameReason.None;
        var needsLines = options.Lines && !ModuleLines.HasDebugInfo(file);
        using var debug = !isListed || needsLines ? debugFiles?.Find(file, buildId, path, token, out whyNoDebugFile) : null;
        if (!isListed)
        {
            tables.Add(debug is null ? SymbolTable.Empty : OrEmpty(() => ElfSymbolReader.Read(debug, ElfSymbolReader.Whole, addresses)));
            tables.Add(OrEmpty(() => MiniDebugInfo.Read(file, addresses)));
        }

        var (lines, whyNoLines) = options.Lines ? ModuleLines.Read(needsLines ? debug : file, path, debugFiles, whyNoDebugFile, token) : default;

        // What exports alone do not name was stripped; with all functions listed, it is none of them.
        var isWhole = tables.Any(table => table.HasFunctions);
        tables.Add(isListed ? SymbolTable.Empty : ElfSymbolReader.Read(file, ElfSymbolReader.Exported, addresses));
        tables.Add(OrEmpty(() => PltReader.Read(file, addresses)));
        var reasonForNone = isWhole ? FrameReason.OutsideSymbols : whyNoDebugFile == FrameReason.FetchFailed ? whyNoDebugFile : FrameReason.NoSymbols;
        return new ModuleSymbols(map, tables, reasonForNone, options.Demangle) { Lines = lines, WhyNoLines = whyNoLines };
    }

    /// <summary>Reads a separate debug file whose program is not here; null where it lists no functions.</summary>
    /// <param name="debug">The debug file; it is not needed afterwards.</param>
    /// <param name="codeBias">The program's <see cref="ProfileFile.CodeBias"/>: the debug file's own program headers need not be the program's.</param>
    /// <param name="debugFiles">Where a file that it shares parts with may be.</param>
    /// <param name="options">Whether names become those of the source, and whether lines are wanted.</param>
    /// <param name="token">Ends fetching.</param>
    /// <exception cref="SymbolFileException">It is damaged.</exception>
    internal static ModuleSymbols? ReadDebugFile(ElfFile debug, long codeBias, DebugFiles debugFiles, SymbolizerOptions options, CancellationToken token)
    {
        if (ElfSymbolReader.Read(debug, ElfSymbolReader.Whole) is not { Count: > 0 } table)
        {
            return null;
        }

        var (lines, whyNoLines) = options.Lines ? ModuleLines.Read(debug, program: null, debugFiles, FrameReason.None, token) : default;
        return new ModuleSymbols(AddressMap.OfCodeIn(debug.Sections, codeBias), [table], FrameReason.OutsideSymbols, options.Demangle)
        {
            Lines = lines,
            WhyNoLines = whyNoLines,
            _emptyStubs = [.. debug.Sections.Where(section => PltReader.HasStubs(section)).Select(section => new AddressRange(section.Address, section.Size))],
        };
    }

    /// <summary>
    /// Whether a place lies among stubs that nobody has read: a debug file says where its program's procedure linkage table is, and not what is in it.
    /// </summary>
    internal bool LacksStubsOf(ReadOnlySpan<ulong> offsets)
    {
        for (var i = 0; i < offsets.Length && _emptyStubs.Length > 0 && _stubs is null; i++)
        {
            if (_addresses.TryGet(offsets[i], out var address) && Array.Exists(_emptyStubs, range => address - range.Start < range.Size))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes in the stubs of the program itself; null when it cannot be had, so that nobody asks again.</summary>
    internal void TakeStubs(ElfFile? program) => _stubs = new NamedTable(program is null ? SymbolTable.Empty : OrEmpty(() => PltReader.Read(program)), _demangle);

    /// <summary>Names places of the file.</summary>
    internal void Name(ReadOnlySpan<ulong> offsets, Span<FrameName> names)
    {
        for (var i = 0; i < offsets.Length; i++)
        {
            names[i] = _addresses.TryGet(offsets[i], out var address) ? WithLines(NameAddress(address), address) : FrameName.Unnamed(_reasonForNone) with { WhyNoLines = WhyNoLines };
        }
    }

    private FrameName WithLines(FrameName name, ulong address)
    {
        if (Lines is null)
        {
            return name with { WhyNoLines = WhyNoLines };
        }

        try
        {
            return Lines.Find(address, name.Function, _demangle, out var whyNotInlined) is { Length: > 0 } lines
                ? ModuleLines.Joined(name, lines) with { WhyNoLines = whyNotInlined }
                : name with { WhyNoLines = FrameReason.NoDebugInfo };
        }
        catch (SymbolFileException damage)
        {
            return name with { WhyNoLines = damage.Reason };
        }
    }

    private FrameName NameAddress(ulong address)
    {
        foreach (var table in _tables)
        {
            if (table.TryName(address, out var name))
            {
                return name;
            }
        }

        return _stubs is { } stubs && stubs.TryName(address, out var stub) ? stub : FrameName.Unnamed(_reasonForNone);
    }

    private readonly record struct AddressRange(ulong Start, ulong Size);

    /// <summary>What only adds names must not cost those of the better tables.</summary>
    private static SymbolTable OrEmpty(Func<SymbolTable> read)
    {
        try
        {
            return read();
        }
        catch (SymbolFileException)
        {
            return SymbolTable.Empty;
        }
    }
}

/// <summary>From places in a file to the addresses that its symbols have, by its program headers (not every file has code at its offset).</summary>
internal sealed class AddressMap
{
    private readonly (ulong Offset, ulong Size, ulong Address)[] _segments;

    private AddressMap((ulong Offset, ulong Size, ulong Address)[] segments) => _segments = segments;

    /// <summary>Code is looked for in executable segments first, for segments may share bytes of the file.</summary>
    internal static AddressMap Of(ElfFile file) => Of(file.Segments);

    /// <summary>As above, of segments alone.</summary>
    internal static AddressMap Of(IEnumerable<ElfFile.Segment> segments) => new(
        [.. segments.Where(segment => segment.Kind == ElfFile.Segment.Load).OrderBy(segment => !segment.IsExecutable)
            .Select(segment => (segment.Offset, segment.FileSize, segment.Address))]);

    /// <summary>By a bias, and by the code that the sections name: those of a debug file have the addresses of the program's.</summary>
    internal static AddressMap OfCodeIn(IEnumerable<ElfFile.Section> sections, long bias) => new(
        [.. sections.Where(section => section is { IsExecutable: true, IsLoaded: true }).Select(section => (unchecked(section.Address - (ulong)bias), section.Size, section.Address))]);

    /// <summary>What is added to an offset of code to get its address; null where that is not one number.</summary>
    internal static long? BiasOf(IEnumerable<ElfFile.Segment> segments)
    {
        var biases = segments.Where(segment => segment is { Kind: ElfFile.Segment.Load, IsExecutable: true }).Select(segment => unchecked((long)(segment.Address - segment.Offset))).Distinct().Take(2).ToArray();
        return biases is [var only] ? only : null;
    }

    /// <summary>The addresses of those places that have one, ascending.</summary>
    internal ulong[] AddressesOf(ReadOnlySpan<ulong> offsets)
    {
        var addresses = new List<ulong>(offsets.Length);
        foreach (var offset in offsets)
        {
            if (TryGet(offset, out var address))
            {
                addresses.Add(address);
            }
        }

        addresses.Sort();
        return [.. addresses];
    }

    internal bool TryGet(ulong offset, out ulong address)
    {
        foreach (var segment in _segments)
        {
            if (offset - segment.Offset < segment.Size)
            {
                address = unchecked(segment.Address + (offset - segment.Offset));
                return true;
            }
        }

        address = 0;
        return false;
    }
}

/// <summary>A table and the names made of it so far.</summary>
internal sealed class NamedTable(SymbolTable table, bool demangle)
{
    private readonly string?[] _names = new string?[table.Count];
    private long _namesBytes;

    internal long SizeBytes => table.SizeBytes + (8L * _names.Length) + Interlocked.Read(ref _namesBytes);

    internal bool TryName(ulong address, out FrameName name)
    {
        var index = table.Find(address);
        name = index < 0 ? default : new FrameName(_names[index] ?? Make(index), address - table.StartOf(index), FrameReason.None);
        return index >= 0;
    }

    private string Make(int index)
    {
        var name = demangle ? Demangler.Demangle(table.NameUtf8(index)) : table.Name(index);
        Interlocked.Add(ref _namesBytes, 24 + (2L * name.Length));
        return _names[index] = name;
    }
}
