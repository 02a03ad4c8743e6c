namespace BpfInteractive.Exited.Truth;

/// <summary>What the processes of one swarm said of themselves, by thread and by process.</summary>
public sealed class TruthLog
{
    private readonly ILookup<int, Stretch> _byThread;
    private readonly Dictionary<int, string> _kinds;

    private TruthLog(IReadOnlyList<Stretch> lines)
    {
        Stretches = [.. lines.Where(line => line.Function != "-")];
        _byThread = Stretches.ToLookup(stretch => stretch.Tid);
        _kinds = lines.GroupBy(line => line.Pid).ToDictionary(process => process.Key, process => process.First().Kind);
    }

    /// <summary>Every stretch of known code.</summary>
    public IReadOnlyList<Stretch> Stretches { get; }

    /// <summary>The kinds, in the order of their names.</summary>
    public IReadOnlyList<string> Kinds => [.. _kinds.Values.Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The processes.</summary>
    public IReadOnlyCollection<int> Pids => _kinds.Keys;

    /// <summary>Reads the lines of a truth file.</summary>
    public static TruthLog Parse(IEnumerable<string> lines) => new([.. lines.Select(Stretch.Parse)]);

    /// <summary>The kind of a process, or null when it is none of the swarm's.</summary>
    public string? KindOf(int pid) => _kinds.GetValueOrDefault(pid);

    /// <summary>The known code that a thread ran at that time at that address, or null.</summary>
    public Stretch? Find(int tid, ulong timeNs, ulong address) => _byThread[tid].FirstOrDefault(stretch => stretch.Holds(timeNs, address));

    /// <summary>The known code that a thread ran at that time, apart from what is called between two rounds (the clock); or null.</summary>
    public Stretch? At(int tid, ulong timeNs) => _byThread[tid].FirstOrDefault(stretch => stretch.IsAt(timeNs));
}
