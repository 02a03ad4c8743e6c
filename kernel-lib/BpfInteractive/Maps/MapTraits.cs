namespace BpfInteractive;

/// <summary>What a kind of map is called and what it can do, in one table: the kernel only says EOPNOTSUPP or EINVAL.</summary>
/// <param name="Noun">With its article, for messages: "a queue".</param>
/// <param name="Operations">What user space can do with it.</param>
/// <param name="Instead">What to do instead of an operation it has not, or null.</param>
internal sealed record MapTraits(string Noun, BpfMapOperations Operations, string? Instead = null)
{
    private const BpfMapOperations Keyed =
        BpfMapOperations.Get | BpfMapOperations.Set | BpfMapOperations.Delete | BpfMapOperations.Enumerate;

    private const BpfMapOperations Indexed = BpfMapOperations.Get | BpfMapOperations.Set | BpfMapOperations.Enumerate;
    private const BpfMapOperations Storage = BpfMapOperations.Get | BpfMapOperations.Set | BpfMapOperations.Delete;
    private const BpfMapOperations Sequence = BpfMapOperations.Push | BpfMapOperations.Pop | BpfMapOperations.Peek;

    private const string ArrayDelete = "its entries always exist: set them to zero";
    private const string StorageWalk = "the kernel does not list its owners: ask for each one";

    /// <summary>The kind's traits; a kind this library does not know may be able to do anything.</summary>
    internal static MapTraits Of(BpfMapType type) => type switch
    {
        BpfMapType.Hash => new("a hash", Keyed | BpfMapOperations.Take),
        BpfMapType.PerCpuHash => new("a per-CPU hash", Keyed | BpfMapOperations.Take),
        BpfMapType.LruHash => new("an LRU hash", Keyed | BpfMapOperations.Take),
        BpfMapType.LruPerCpuHash => new("a per-CPU LRU hash", Keyed | BpfMapOperations.Take),
        BpfMapType.Array => new("an array", Indexed, ArrayDelete),
        BpfMapType.PerCpuArray => new("a per-CPU array", Indexed, ArrayDelete),
        BpfMapType.LpmTrie => new("an LPM trie", Keyed),
        BpfMapType.ProgArray => new("a program array", Keyed),
        BpfMapType.ArrayOfMaps => new("an array of maps", Keyed),
        BpfMapType.HashOfMaps => new("a hash of maps", Keyed),
        BpfMapType.StackTrace => new(
            "a stack trace map", BpfMapOperations.Get | BpfMapOperations.Delete | BpfMapOperations.Enumerate, "only programs put stacks in (bpf_get_stackid)"),
        BpfMapType.Queue => new("a queue", Sequence, "it has no keys"),
        BpfMapType.Stack => new("a stack", Sequence, "it has no keys"),
        BpfMapType.BloomFilter => new("a bloom filter", BpfMapOperations.Add | BpfMapOperations.Test, "it cannot list or forget what is in it"),
        BpfMapType.TaskStorage => new("task storage", Storage, StorageWalk),
        BpfMapType.CgroupLocalStorage => new("cgroup storage", Storage, StorageWalk),
        BpfMapType.InodeStorage => new("inode storage", Storage, StorageWalk),
        BpfMapType.SkStorage => new("socket storage", Storage, StorageWalk),
        BpfMapType.RingBuffer => new("a ring buffer", BpfMapOperations.None, "read its records with BpfObject.RingBuffer"),
        BpfMapType.UserRingBuffer => new("a user ring buffer", BpfMapOperations.None, "it has no entries"),
        BpfMapType.PerfEventArray => new(
            "a perf event array",
            BpfMapOperations.Set | BpfMapOperations.Delete | BpfMapOperations.Enumerate,
            "it holds perf events' descriptors; read its records as a perf buffer"),
        BpfMapType.CgroupArray => new("a cgroup array", BpfMapOperations.Set | BpfMapOperations.Delete | BpfMapOperations.Enumerate),
        BpfMapType.XskMap => new("an AF_XDP socket map", BpfMapOperations.Set | BpfMapOperations.Delete | BpfMapOperations.Enumerate),
        BpfMapType.StructOps => new("a struct_ops map", BpfMapOperations.None, "the kernel calls its functions once it is attached"),
        BpfMapType.Arena => new("an arena", BpfMapOperations.None, "it is memory, without entries"),
        _ => new($"a {type} map", Keyed | BpfMapOperations.Take),
    };

    /// <summary>"get, set, delete, enumerate", or "nothing from user space".</summary>
    internal string Abilities => Operations == BpfMapOperations.None
        ? "nothing from user space"
        : string.Join(", ", Enum.GetValues<BpfMapOperations>().Where(o => o != BpfMapOperations.None && Operations.HasFlag(o)).Select(o => o.ToString().ToLowerInvariant()));
}
