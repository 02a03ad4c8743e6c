namespace BpfInteractive;

/// <summary>The groups in which features are shown, in this order.</summary>
public enum FeatureCategory
{
    /// <summary>The kernel itself: its version, BTF, compiler of BPF, namespaces.</summary>
    Kernel,

    /// <summary>Programs by the prefix of their SEC(), each loaded and attached by its probe.</summary>
    Programs,

    /// <summary>Map types, each made by its probe.</summary>
    Maps,

    /// <summary>Helpers, kernel functions (kfuncs) and system calls that the built-in programs use.</summary>
    Functions,

    /// <summary>Libraries and programs in user space.</summary>
    Tools,

    /// <summary>File systems of the kernel.</summary>
    Mounts,

    /// <summary>Capabilities of this process, and what each is for.</summary>
    Capabilities,

    /// <summary>Settings and limits that decide what others may see.</summary>
    Settings,
}
