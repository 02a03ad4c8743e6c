using System.Collections;

namespace BpfInteractive;

/// <summary>The address spaces of many processes.</summary>
public sealed class VmaCollection : IReadOnlyList<VmaSnapshot>
{
    private readonly IReadOnlyList<VmaSnapshot> _snapshots;
    private readonly Lazy<Columns> _columns;

    internal VmaCollection(IReadOnlyList<VmaSnapshot> snapshots, Losses losses)
    {
        _snapshots = snapshots;
        Losses = losses;
        _columns = new Lazy<Columns>(Join);
    }

    /// <summary>Processes that are missing, and why: no rights, or ended meanwhile.</summary>
    public Losses Losses { get; }

    /// <summary>All rows, as those of <see cref="VmaSnapshot.Columns"/> with the columns pid and process before them.</summary>
    public Columns Columns => _columns.Value;

    /// <summary>The number of processes.</summary>
    public int Count => _snapshots.Count;

    /// <summary>One process's snapshot, in order of pid.</summary>
    public VmaSnapshot this[int index] => _snapshots[index];

    /// <summary>The snapshot of a process; null if it is not there.</summary>
    public VmaSnapshot? Find(int pid) => _snapshots.FirstOrDefault(snapshot => snapshot.Pid == pid);

    /// <inheritdoc/>
    public IEnumerator<VmaSnapshot> GetEnumerator() => _snapshots.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Columns Join()
    {
        var parts = _snapshots.Where(snapshot => snapshot.Count > 0).Select(WithProcess).ToList();
        return parts.Count == 0 ? new Columns("vmas", [], Losses) : BpfInteractive.Columns.Concat(parts).WithLosses(Losses);
    }

    private static Columns WithProcess(VmaSnapshot snapshot)
    {
        var pids = new int[snapshot.Count];
        Array.Fill(pids, snapshot.Pid);
        return new Columns("vmas",
        [
            new Column<int>("pid", pids, ColumnFormat.Pid),
            TextColumn.Of("process", Enumerable.Repeat(snapshot.Process.Name, snapshot.Count)),
            .. snapshot.Columns,
        ]);
    }
}
