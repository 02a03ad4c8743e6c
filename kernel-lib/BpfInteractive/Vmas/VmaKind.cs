namespace BpfInteractive;

/// <summary>What a VMA is for.</summary>
public enum VmaKind
{
    /// <summary>A file (<c>file</c>).</summary>
    File,

    /// <summary>Anonymous memory (<c>anon</c>).</summary>
    Anonymous,

    /// <summary>Anonymous memory that the program named by prctl(PR_SET_VMA_ANON_NAME) (<c>anon-named</c>); the path is <c>[anon:NAME]</c>.</summary>
    NamedAnonymous,

    /// <summary>The heap that brk(2) moves (<c>heap</c>).</summary>
    Heap,

    /// <summary>The first thread's stack (<c>stack</c>). Other threads' stacks are anonymous memory.</summary>
    Stack,

    /// <summary>The kernel's code in every process (<c>vdso</c>).</summary>
    Vdso,

    /// <summary>The data of the vdso (<c>vvar</c>): [vvar] and [vvar_vclock].</summary>
    Vvar,

    /// <summary>The vsyscall page (<c>vsyscall</c>): x86-64 only, the same in every process, and not a VMA of its own.</summary>
    Vsyscall,

    /// <summary>Where uprobes step over instructions (<c>uprobes</c>).</summary>
    Uprobes,

    /// <summary>A file made by memfd_create(2) (<c>memfd</c>).</summary>
    Memfd,

    /// <summary>Shared memory (<c>shm</c>): shared anonymous, System V, POSIX (under /dev/shm).</summary>
    SharedMemory,

    /// <summary>Something else that the kernel names in brackets (<c>special</c>).</summary>
    Special,
}

/// <summary>The kinds' short names, as columns have them, and how a kind is told by a name of /proc/PID/maps.</summary>
internal static class VmaKinds
{
    internal static readonly string[] Names =
        ["file", "anon", "anon-named", "heap", "stack", "vdso", "vvar", "vsyscall", "uprobes", "memfd", "shm", "special"];

    /// <summary>The kind of a VMA with a name; <paramref name="deleted"/> is what is not part of the name.</summary>
    internal static VmaKind Of(ReadOnlySpan<byte> name, bool deleted)
    {
        if (name.IsEmpty)
        {
            return VmaKind.Anonymous;
        }

        if (name[0] == (byte)'[')
        {
            return OfSpecial(name);
        }

        return deleted ? OfDeleted(name) : name.StartsWith("/dev/shm/"u8) ? VmaKind.SharedMemory : VmaKind.File;
    }

    private static VmaKind OfSpecial(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("[heap]"u8) => VmaKind.Heap,
        _ when name.SequenceEqual("[stack]"u8) || name.StartsWith("[stack:"u8) => VmaKind.Stack,
        _ when name.SequenceEqual("[vdso]"u8) => VmaKind.Vdso,
        _ when name.StartsWith("[vvar"u8) => VmaKind.Vvar,
        _ when name.SequenceEqual("[vsyscall]"u8) => VmaKind.Vsyscall,
        _ when name.SequenceEqual("[uprobes]"u8) => VmaKind.Uprobes,
        _ when name.StartsWith("[anon:"u8) => VmaKind.NamedAnonymous,
        _ when name.StartsWith("[anon_shmem:"u8) => VmaKind.SharedMemory,
        _ => VmaKind.Special,
    };

    // Files of mounts that nobody sees are always shown as deleted.
    private static VmaKind OfDeleted(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.StartsWith("/memfd:"u8) => VmaKind.Memfd,
        _ when name.SequenceEqual("/dev/zero"u8) || name.StartsWith("/SYSV"u8) || name.StartsWith("/dev/shm/"u8) => VmaKind.SharedMemory,
        _ when name.SequenceEqual("/anon_hugepage"u8) => VmaKind.Anonymous,
        _ => VmaKind.File,
    };
}
