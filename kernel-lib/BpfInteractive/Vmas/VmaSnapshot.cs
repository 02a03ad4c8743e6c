using System.Collections;

namespace BpfInteractive;

/// <summary>
/// The address space of one process as an engine found it: its VMAs in order of address, and the facts of the taking. It never changes, so
/// any thread may read it.
/// </summary>
/// <remarks>
/// Paths are as the calling process's root sees them, as in /proc/PID/maps: the path of a file in another mount namespace starts at that
/// namespace's root. /proc/PID/root leads there.
/// </remarks>
public sealed class VmaSnapshot : IReadOnlyList<Vma>
{
    private readonly Column<ulong> _starts;
    private readonly Column<ulong> _ends;

    internal VmaSnapshot(VmaTarget target, VmaTaking taking, Columns columns)
    {
        Process = target;
        Taking = taking;
        Columns = columns;
        _starts = (Column<ulong>)columns["start"];
        _ends = (Column<ulong>)columns["end"];
    }

    /// <summary>Whose address space it is.</summary>
    public VmaTarget Process { get; }

    /// <summary>The pid as the caller gave it: the kernel's tgid, in the caller's pid namespace.</summary>
    public int Pid => Process.Pid;

    /// <summary>How it was taken, and what that cannot know.</summary>
    public VmaTaking Taking { get; }

    /// <summary>The engine that took it; never <see cref="VmaEngine.Auto"/>.</summary>
    public VmaEngine Engine => Taking.Engine;

    /// <summary>
    /// The rows as columns: start, end, perms, offset, dev, inode, path, kind, deleted, truncated, generation, build_id, kernel_dev,
    /// kernel_inode. The last two name the file whose pages are mapped; on an overlay that is not the one which dev and inode name.
    /// </summary>
    public Columns Columns { get; }

    /// <summary>
    /// The same, with paths as /proc/PID/maps prints them: a newline is <c>\012</c>, and what is deleted ends in " (deleted)". For files that
    /// are to be compared with that.
    /// </summary>
    public Columns ProcColumns
    {
        get
        {
            var path = Columns.Text("path");
            var deleted = Columns.Values<bool>("deleted").ToArray();
            var shown = TextColumn.Of("path", Enumerable.Range(0, Count).Select(row => path[row] is { } text ? VmaPath.ToProc(text, deleted[row]) : null));
            return new Columns(Columns.Name, Columns.Select(column => column.Name == "path" ? shown : column), Columns.Losses);
        }
    }

    /// <summary>The number of VMAs.</summary>
    public int Count => _starts.Count;

    /// <summary>The VMA at a position, in order of address.</summary>
    public Vma this[int index] => VmaRow.Read(Columns, index);

    /// <summary>The VMA that an address lies in; null if there is none.</summary>
    public Vma? Find(ulong address)
    {
        var index = IndexOf(address);
        return index < 0 ? null : this[index];
    }

    /// <summary>The position of the VMA that an address lies in, or -1. Logarithmic time, no allocation.</summary>
    public int IndexOf(ulong address)
    {
        var at = _starts.Values.BinarySearch(address);
        var index = at >= 0 ? at : ~at - 1;
        return index >= 0 && address < _ends.Values[index] ? index : -1;
    }

    /// <summary>What is different in a later snapshot of the same process.</summary>
    public VmaDiff Diff(VmaSnapshot later) => VmaDiff.Between(this, later);

    /// <summary>The text that /proc/PID/maps had at that moment.</summary>
    public string ToProcMaps() => string.Concat(this.Select(vma => vma + "\n"));

    /// <summary>"bash (1234): 27 VMAs by open-coded".</summary>
    public override string ToString() => FormattableString.Invariant($"{Process}: {Count:N0} VMAs by {VmaEngines.NameOf(Engine)}");

    /// <inheritdoc/>
    public IEnumerator<Vma> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
        {
            yield return this[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>One row of a snapshot's columns as a <see cref="Vma"/>.</summary>
internal static class VmaRow
{
    internal static Vma Read(Columns columns, int row)
    {
        var path = columns.Text("path");
        var generation = (Column<uint>)columns["generation"];
        var buildId = (BytesColumn)columns["build_id"];
        return new Vma(
            columns.Values<ulong>("start")[row],
            columns.Values<ulong>("end")[row],
            (VmaPermissions)columns.Text("perms").Codes[row],
            columns.Values<ulong>("offset")[row],
            columns.Text("dev")[row]!,
            columns.Values<ulong>("inode")[row],
            path[row],
            (VmaKind)columns.Text("kind").Codes[row],
            columns.Values<bool>("deleted")[row],
            columns.Values<bool>("truncated")[row],
            generation.IsNull(row) ? null : generation[row],
            buildId.IsNull(row) ? null : buildId.FormatValue(row));
    }
}
