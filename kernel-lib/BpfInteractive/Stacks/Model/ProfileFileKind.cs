namespace BpfInteractive;

/// <summary>What a location's offset counts in.</summary>
public enum ProfileFileKind
{
    /// <summary>A file: offsets are file offsets.</summary>
    File,

    /// <summary>The kernel's own image: offsets count from its first byte of text.</summary>
    Kernel,

    /// <summary>A module of the kernel: offsets count from its first byte of text.</summary>
    Module,

    /// <summary>A BPF program compiled by the kernel: offsets count from its first instruction.</summary>
    BpfProgram,

    /// <summary>The kernel's code in every process: offsets count from its ELF header.</summary>
    Vdso,

    /// <summary>The vsyscall page: offsets count from its start.</summary>
    Vsyscall,

    /// <summary>Anonymous executable memory of one address space: what a just-in-time compiler writes. Offsets are addresses.</summary>
    Jit,

    /// <summary>Addresses of one address space that lie in none of its known mappings. Offsets are addresses.</summary>
    Unmapped,
}

/// <summary>The kinds' names in columns.</summary>
internal static class ProfileFileKinds
{
    internal static readonly string[] Names = ["file", "kernel", "module", "bpf", "vdso", "vsyscall", "jit", "unmapped"];

    internal static bool IsKernel(ProfileFileKind kind) => kind is ProfileFileKind.Kernel or ProfileFileKind.Module or ProfileFileKind.BpfProgram;
}
