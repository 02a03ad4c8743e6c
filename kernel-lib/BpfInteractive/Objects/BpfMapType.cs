namespace BpfInteractive;

/// <summary>The kernel's map types (<c>enum bpf_map_type</c>).</summary>
public enum BpfMapType
{
    /// <summary>Not known.</summary>
    Unspecified = 0,

    /// <summary>Hash table.</summary>
    Hash = 1,

    /// <summary>Array indexed by u32.</summary>
    Array = 2,

    /// <summary>Programs for tail calls.</summary>
    ProgArray = 3,

    /// <summary>Perf events; the perf buffer.</summary>
    PerfEventArray = 4,

    /// <summary>Hash table with a value per CPU.</summary>
    PerCpuHash = 5,

    /// <summary>Array with a value per CPU.</summary>
    PerCpuArray = 6,

    /// <summary>Stack traces by id.</summary>
    StackTrace = 7,

    /// <summary>Cgroups by index.</summary>
    CgroupArray = 8,

    /// <summary>Hash table that evicts the least recently used.</summary>
    LruHash = 9,

    /// <summary>The same with a value per CPU.</summary>
    LruPerCpuHash = 10,

    /// <summary>Longest prefix match.</summary>
    LpmTrie = 11,

    /// <summary>Maps by index.</summary>
    ArrayOfMaps = 12,

    /// <summary>Maps by key.</summary>
    HashOfMaps = 13,

    /// <summary>Network devices by index.</summary>
    DevMap = 14,

    /// <summary>Sockets by index.</summary>
    SockMap = 15,

    /// <summary>CPUs for XDP redirection.</summary>
    CpuMap = 16,

    /// <summary>AF_XDP sockets.</summary>
    XskMap = 17,

    /// <summary>Sockets by key.</summary>
    SockHash = 18,

    /// <summary>Storage of a cgroup and program (deprecated).</summary>
    CgroupStorage = 19,

    /// <summary>Sockets of a reuseport group.</summary>
    ReuseportSockArray = 20,

    /// <summary>The same per CPU (deprecated).</summary>
    PerCpuCgroupStorage = 21,

    /// <summary>First in, first out.</summary>
    Queue = 22,

    /// <summary>Last in, first out.</summary>
    Stack = 23,

    /// <summary>Storage of a socket.</summary>
    SkStorage = 24,

    /// <summary>Network devices by key.</summary>
    DevMapHash = 25,

    /// <summary>A kernel structure of operations.</summary>
    StructOps = 26,

    /// <summary>Ring buffer from kernel to user space.</summary>
    RingBuffer = 27,

    /// <summary>Storage of an inode.</summary>
    InodeStorage = 28,

    /// <summary>Storage of a task.</summary>
    TaskStorage = 29,

    /// <summary>Bloom filter.</summary>
    BloomFilter = 30,

    /// <summary>Ring buffer from user space to kernel.</summary>
    UserRingBuffer = 31,

    /// <summary>Storage of a cgroup.</summary>
    CgroupLocalStorage = 32,

    /// <summary>Memory shared by kernel and user space.</summary>
    Arena = 33,
}
