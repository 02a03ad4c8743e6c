using System.Globalization;

namespace BpfInteractive;

/// <summary>What the code of a module is, and so where its names come from.</summary>
public enum ModuleKind
{
    /// <summary>A file that a process maps: a program or a library.</summary>
    File,

    /// <summary>The kernel's code in every process, [vdso]. Offsets are those into its image.</summary>
    Vdso,

    /// <summary>The page [vsyscall] of x86-64, the same in every process. It can be executed but not read.</summary>
    Vsyscall,

    /// <summary>Code that a program made at run time: anonymous memory, or a memfd that stands for it. Offsets are addresses.</summary>
    Jit,

    /// <summary>The kernel itself. Offsets count from its first byte, <c>_text</c>.</summary>
    Kernel,

    /// <summary>A module of the kernel. Offsets count from its base, as /proc/modules has it.</summary>
    KernelModule,

    /// <summary>A BPF program or trampoline. It has no file; offsets count from its first instruction.</summary>
    BpfProgram,
}

/// <summary>
/// A module of code, by what tells it from any other: code is (module, offset), whatever address it was mapped at, and names are found for that.
/// Where there is a build id, that alone decides; otherwise the file's numbers, size and time do. Equal when all are.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Its path as its process sees it (no " (deleted)"), or the kernel's name in brackets: <c>[kernel]</c>, <c>[ext4]</c>, <c>[vdso]</c>.</param>
public sealed record ModuleFile(ModuleKind Kind, string Path)
{
    /// <summary>[vsyscall].</summary>
    public static ModuleFile Vsyscall { get; } = new(ModuleKind.Vsyscall, "[vsyscall]");

    /// <summary>The build id; empty where it is not known or there is none.</summary>
    public BuildId BuildId { get; init; }

    /// <summary>The device as the process sees it, as the kernel packs it: major &lt;&lt; 20 | minor. 0 where it is not known.</summary>
    public uint Device { get; init; }

    /// <summary>The inode number as the process sees it; 0 where it is not known.</summary>
    public ulong Inode { get; init; }

    /// <summary>On an overlay the device of the file below, whose pages are mapped; else 0.</summary>
    public uint LowerDevice { get; init; }

    /// <summary>On an overlay the inode number of the file below; else 0.</summary>
    public ulong LowerInode { get; init; }

    /// <summary>Its length in bytes when it was mapped; null where it is not known.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Its last modification when it was mapped, in nanoseconds since 1970 (UTC); null where it is not known.</summary>
    public long? ModifiedNs { get; init; }

    /// <summary>The last part of the path: "libc.so.6".</summary>
    public string ShortName => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>A place in it without a name: "libc.so.6+0x2a1b0"; code made at run time has its address alone.</summary>
    public string Show(ulong offset) => Kind == ModuleKind.Jit
        ? string.Create(CultureInfo.InvariantCulture, $"[jit]+0x{offset:x}")
        : string.Create(CultureInfo.InvariantCulture, $"{ShortName}+0x{offset:x}");
}
