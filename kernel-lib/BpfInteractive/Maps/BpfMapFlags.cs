namespace BpfInteractive;

/// <summary>How a map is made and who may write to it: BPF_F_* of BPF_MAP_CREATE, with the same numbers.</summary>
[Flags]
public enum BpfMapFlags
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Memory is taken when an entry is inserted, not when the map is made; needed for LPM tries and local storage.</summary>
    NoPreallocation = 1 << 0,

    /// <summary>An LRU list for each CPU instead of one for all.</summary>
    NoCommonLru = 1 << 1,

    /// <summary>Memory of one NUMA node.</summary>
    NumaNode = 1 << 2,

    /// <summary>User space may only read.</summary>
    ReadOnly = 1 << 3,

    /// <summary>User space may only write.</summary>
    WriteOnly = 1 << 4,

    /// <summary>A stack trace map whose frames are build ids and file offsets.</summary>
    StackBuildId = 1 << 5,

    /// <summary>The hash begins with seed 0; for measurements.</summary>
    ZeroSeed = 1 << 6,

    /// <summary>Programs may only read.</summary>
    ReadOnlyProgram = 1 << 7,

    /// <summary>Programs may only write.</summary>
    WriteOnlyProgram = 1 << 8,

    /// <summary>Socket storage that accepted sockets inherit.</summary>
    Clone = 1 << 9,

    /// <summary>An array that user space can map into its memory (Linux 5.5).</summary>
    Mmapable = 1 << 10,

    /// <summary>A perf event array whose events outlive the descriptor that set them.</summary>
    PreserveElements = 1 << 11,

    /// <summary>An array whose max_entries may differ from that of the inner map it replaces.</summary>
    InnerMap = 1 << 12,
}
