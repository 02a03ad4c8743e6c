namespace BpfInteractive;

/// <summary>
/// The names of one process's run-time code, as its compiler wrote them to /tmp/perf-PID.map at some moment. Where a map puts two functions at one place, because the
/// compiler used the memory again, nobody can say which of them a sample was in: such a place has no name. Immutable, so thread-safe.
/// </summary>
public sealed class JitMap
{
    private readonly SymbolTable _functions;
    private readonly SymbolTable _usedAgain;
    private readonly FrameReason _reasonOutside;
    private readonly string?[] _names;

    private JitMap(SymbolTable functions, SymbolTable usedAgain, FrameReason reasonOutside = FrameReason.OutsidePerfMap)
    {
        _functions = functions;
        _usedAgain = usedAgain;
        _reasonOutside = reasonOutside;
        _names = new string?[functions.Count];
    }

    /// <summary>The number of functions, by their first addresses.</summary>
    public int Count => _functions.Count;

    /// <summary>Lines that were no entries: a half-written last one is no damage worth a word.</summary>
    public int DamagedLines { get; private init; }

    /// <summary>Whether the map was longer than what was read of it.</summary>
    public bool IsCut { get; private init; }

    /// <summary>What a place is called that it does not cover, where all functions are known; null where it stays without a name.</summary>
    internal string? NameOutside { get; init; }

    /// <summary>That of a process without a map.</summary>
    internal static JitMap None { get; } = new(SymbolTable.Empty, SymbolTable.Empty, FrameReason.NoPerfMap);

    /// <summary>That of a process which had ended before anybody could look for a map.</summary>
    internal static JitMap Gone { get; } = new(SymbolTable.Empty, SymbolTable.Empty, FrameReason.FileGone);

    /// <summary>About how much memory it takes.</summary>
    internal long SizeBytes => _functions.SizeBytes + _usedAgain.SizeBytes + (8L * _names.Length);

    /// <summary>Reads the text of a map: lines of <c>START SIZE name</c>, the numbers hexadecimal (tools/perf/Documentation/jit-interface.txt).</summary>
    /// <param name="text">The bytes; they are kept, and changed.</param>
    /// <param name="isCut">Whether there was more.</param>
    public static JitMap Parse(byte[] text, bool isCut = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(text, FrameReason.OutsidePerfMap, isCut);
    }

    /// <summary>As above, with the reason, or the name, of a place that it does not cover.</summary>
    internal static JitMap Parse(byte[] text, FrameReason reasonOutside, bool isCut = false, string? nameOutside = null)
    {
        var (functions, usedAgain) = PerfMap.Parse(text, out var damaged);
        return new JitMap(functions, usedAgain, reasonOutside) { DamagedLines = damaged, IsCut = isCut, NameOutside = nameOutside };
    }

    /// <summary>Names one address of the process.</summary>
    public FrameName Name(ulong address)
    {
        FrameName name = default;
        Name(new ReadOnlySpan<ulong>(in address), new Span<FrameName>(ref name));
        return name;
    }

    /// <summary>Names addresses of the process.</summary>
    /// <param name="addresses">The addresses, absolute.</param>
    /// <param name="names">Room for as many names.</param>
    public void Name(ReadOnlySpan<ulong> addresses, Span<FrameName> names)
    {
        for (var i = 0; i < addresses.Length; i++)
        {
            var index = _functions.Find(addresses[i]);
            names[i] = index < 0 ? NameOutside is null ? FrameName.Unnamed(_reasonOutside) : new FrameName(NameOutside, 0, FrameReason.None)
                : _usedAgain.Find(addresses[i]) >= 0 ? FrameName.Unnamed(FrameReason.MappingChanged)
                : new FrameName(_names[index] ??= _functions.Name(index), addresses[i] - _functions.StartOf(index), FrameReason.None);
        }
    }
}
