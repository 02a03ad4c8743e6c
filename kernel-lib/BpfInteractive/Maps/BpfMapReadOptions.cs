namespace BpfInteractive;

/// <summary>How a map becomes columns.</summary>
public sealed record BpfMapReadOptions
{
    /// <summary>The per-CPU kinds: a row for each CPU, or one with the sum. Other kinds ignore it.</summary>
    public BpfPerCpuRows PerCpu { get; init; }

    /// <summary>
    /// Delete what is read: counters start again, a queue is emptied. Hashes do it in one step for each bucket (Linux 5.6), so nothing is lost between
    /// reading and deleting; kinds and kernels without that step can lose what programs add in between.
    /// </summary>
    public bool Take { get; init; }
}

/// <summary>What rows a per-CPU map gives.</summary>
public enum BpfPerCpuRows
{
    /// <summary>A row for each key and possible CPU, with a column <c>cpu</c>.</summary>
    EachCpu,

    /// <summary>
    /// A row for each key: numbers are added up, member by member and element by element; text, enums, pointers and truth values are those of the first CPU
    /// where they are not zero. Sums too large for their type stay at its limit and are counted among the losses (<c>sum-overflow</c>).
    /// </summary>
    Sum,
}
