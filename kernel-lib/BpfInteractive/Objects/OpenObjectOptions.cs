namespace BpfInteractive;

/// <summary>What must be known when an object is opened, before its knobs can be turned.</summary>
public sealed record OpenObjectOptions
{
    /// <summary>
    /// BTF to relocate against in place of the running kernel's: a file of raw BTF, or an ELF file with a .BTF section. Only CO-RE
    /// relocations use it; tp_btf, fentry and iterators need the kernel's own.
    /// </summary>
    public string? CustomBtfPath { get; init; }

    /// <summary>Kernel configuration (CONFIG_X=value lines) that adds to and overrides what the running kernel says.</summary>
    public string? Kconfig { get; init; }
}
