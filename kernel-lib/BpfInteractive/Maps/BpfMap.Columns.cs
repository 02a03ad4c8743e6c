namespace BpfInteractive;

/// <summary>All entries as columns.</summary>
public sealed partial class BpfMap
{
    /// <summary>
    /// Reads all entries into columns: those of the key, those of the value. A key or value without members is the column <c>key</c> or <c>value</c>; members
    /// of a struct stand under their own names (<c>pid</c>, <c>outer.inner</c>), the value's as <c>value.pid</c> where the key has one of that name. The
    /// per-CPU kinds have a column <c>cpu</c>, unless summed. Tries show their keys as text in a column <c>prefix</c> too; maps of maps and of programs give
    /// ids; stack traces a list <c>frames</c>; storage its owners: <c>tid</c> of a thread, <c>cgroup</c> as a path. Without BTF, numbers of 1, 2, 4 and 8
    /// bytes are unsigned and all else bytes.
    /// </summary>
    /// <param name="options">Per-CPU values each or summed; whether to delete what is read.</param>
    /// <returns>
    /// The entries, in the kernel's order. Not of one instant: programs go on writing. A hash is read bucket by bucket, so each key that
    /// stays is there exactly once. The losses tell what was seen twice or may be missing, and that a map is full (<c>map-full</c>): inserts that failed for that
    /// reason are seen by nobody but the program that tried.
    /// </returns>
    /// <exception cref="BpfException">This kind of map has no entries to read; the message says what to do instead.</exception>
    /// <exception cref="OperationCanceledException">The current scope was cancelled.</exception>
    public Columns ToColumns(BpfMapReadOptions? options = null) => MapColumns.Read(this, options ?? new(), BpfScope.TokenOr(default));

    /// <summary>The same on another thread: a map of a million entries takes some hundred milliseconds.</summary>
    /// <param name="options">As for <see cref="ToColumns"/>.</param>
    /// <param name="cancellationToken">Stops between batches; the current scope's when none is given.</param>
    public Task<Columns> ToColumnsAsync(BpfMapReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        var token = BpfScope.TokenOr(cancellationToken);
        return Task.Run(() => MapColumns.Read(this, options ?? new(), token), token);
    }
}
