namespace BpfInteractive;

public sealed partial class BpfObject
{
    /// <summary>Attaches a SEC("iter/...") program to be read again and again. It belongs to the object; dispose it to detach sooner.</summary>
    /// <param name="program">The program's name in the C source.</param>
    /// <param name="rowType">The struct that it writes with bpf_seq_write, by name; null when it writes text.</param>
    /// <param name="target">What to walk, where not everything: a process, a map's entries, a cgroup.</param>
    /// <exception cref="ArgumentException">There is no such program or struct.</exception>
    /// <exception cref="BpfException">The kernel refuses the program or the target.</exception>
    /// <example><code>var tasks = await obj.Iterator("dump_tasks", "row").ReadAsync();</code></example>
    public BpfIterator Iterator(string program, string? rowType = null, IteratorTarget? target = null)
    {
        ThrowIfDisposed();
        var walker = Programs[program];
        BtfType? type = rowType is null ? null : RecordTypes.Named(this, rowType);
        return new BpfIterator(walker.AttachIterator(target), program, type);
    }
}
