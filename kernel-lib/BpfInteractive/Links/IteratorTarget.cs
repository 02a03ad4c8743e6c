namespace BpfInteractive;

/// <summary>What an iterator walks, where it does not walk everything.</summary>
public sealed record IteratorTarget
{
    private IteratorTarget()
    {
    }

    /// <summary>One process with its threads, for <c>iter/task</c>, <c>iter/task_vma</c>, <c>iter/task_file</c> (Linux 6.1).</summary>
    /// <param name="pid">A pid of the caller's pid namespace.</param>
    public static IteratorTarget Process(int pid) => new() { Pid = pid };

    /// <summary>One thread (Linux 6.1).</summary>
    /// <param name="tid">A thread's number in the caller's pid namespace.</param>
    public static IteratorTarget Thread(int tid) => new() { Tid = tid };

    /// <summary>One map's entries, for <c>iter/bpf_map_elem</c>.</summary>
    /// <param name="map">The map.</param>
    public static IteratorTarget Entries(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new() { Map = map };
    }

    /// <summary>A cgroup and those around it, for <c>iter/cgroup</c> (Linux 6.1).</summary>
    /// <param name="path">Its folder in a cgroup2 file system.</param>
    /// <param name="order">Which ones, and in which order.</param>
    public static IteratorTarget Cgroup(string path, CgroupOrder order = CgroupOrder.DescendantsFirstToLast)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new() { CgroupPath = path, CgroupOrder = order };
    }

    internal int? Pid { get; private init; }

    internal int? Tid { get; private init; }

    internal BpfMap? Map { get; private init; }

    internal string? CgroupPath { get; private init; }

    internal CgroupOrder CgroupOrder { get; private init; }

    /// <summary>"process 12", "map counts".</summary>
    public override string ToString() => this switch
    {
        { Pid: { } pid } => $"process {pid}",
        { Tid: { } tid } => $"thread {tid}",
        { Map: { } map } => $"map {map.Name}",
        _ => $"cgroup {CgroupPath}",
    };
}

/// <summary>Which cgroups an iterator walks (enum bpf_cgroup_iter_order).</summary>
public enum CgroupOrder
{
    /// <summary>The one alone.</summary>
    Self = 1,

    /// <summary>It and all below, parents before children.</summary>
    DescendantsFirstToLast = 2,

    /// <summary>It and all below, children before parents.</summary>
    DescendantsLastToFirst = 3,

    /// <summary>It and all above, up to the root.</summary>
    Ancestors = 4,
}
