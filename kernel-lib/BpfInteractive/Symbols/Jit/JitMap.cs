namespace BpfInteractive;

/// <summary>
/// The names of one process's run-time code, as its compiler wrote them to /tmp/perf-PID.map at some moment. Immutable, so thread-safe.
/// </summary>
public sealed class JitMap
{
    private readonly SymbolTable _table;
    private readonly string?[] _names;

    private JitMap(SymbolTable table, int damagedLines, bool isCut)
    {
        _table = table;
        _names = new string?[table.Count];
        DamagedLines = damagedLines;
        IsCut = isCut;
    }

    /// <summary>The number of functions whose memory no later one took.</summary>
    public int Count => _table.Count;

    /// <summary>Lines that were no entries: a half-written last one is no damage worth a word.</summary>
    public int DamagedLines { get; }

    /// <summary>Whether the map was longer than what was read of it.</summary>
    public bool IsCut { get; }

    /// <summary>About how much memory it takes.</summary>
    internal long SizeBytes => _table.SizeBytes + (8L * _names.Length);

    /// <summary>Reads the text of a map: lines of <c>START SIZE name</c>, the numbers hexadecimal (tools/perf/Documentation/jit-interface.txt).</summary>
    /// <param name="text">The bytes; they are kept, and changed.</param>
    /// <param name="isCut">Whether there was more.</param>
    public static JitMap Parse(byte[] text, bool isCut = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new JitMap(PerfMap.Parse(text, out var damaged), damaged, isCut);
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
            var index = _table.Find(addresses[i]);
            names[i] = index < 0
                ? FrameName.Unnamed(FrameReason.OutsidePerfMap)
                : new FrameName(_names[index] ??= _table.Name(index), addresses[i] - _table.StartOf(index), FrameReason.None);
        }
    }
}
