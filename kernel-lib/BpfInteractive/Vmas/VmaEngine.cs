namespace BpfInteractive;

/// <summary>A way to read the address space of a process. All give the same rows; docs/engines.md tells their history, cost and limits.</summary>
public enum VmaEngine
{
    /// <summary>The best that this kernel has and the caller may use, found by probing; see <see cref="VmaEngines.Available"/>.</summary>
    Auto,

    /// <summary><c>open-coded</c> (Linux 6.7): the kernel's iterator as a loop inside a program.</summary>
    OpenCoded,

    /// <summary><c>callback</c> (Linux 6.7): "call me for each VMA", made of the open-coded iterator.</summary>
    Callback,

    /// <summary><c>find-vma-next</c> (Linux 6.7): one look-up after another, each for the VMA at or after an address.</summary>
    FindVmaNext,

    /// <summary><c>task-vma-iter</c> (Linux 5.12): a SEC("iter/task_vma") program and a file read from user space.</summary>
    TaskVmaIterator,

    /// <summary><c>procmap-query</c> (Linux 6.11): the PROCMAP_QUERY ioctl of /proc/PID/maps; the one that knows build ids.</summary>
    ProcmapQuery,

    /// <summary><c>proc-maps</c> (every kernel): /proc/PID/maps as text.</summary>
    ProcMaps,

    /// <summary><c>find-vma</c> (Linux 5.17): bpf_find_vma, the one VMA that holds an address. It walks nothing.</summary>
    FindVma,

    /// <summary><c>linked-list</c> (before Linux 6.1): mm->mmap and vm_next.</summary>
    LinkedList,
}
