namespace BpfInteractive;

/// <summary>How a BPF program is compiled. Immutable; the defaults fit a cell of a notebook.</summary>
public sealed record CompilerOptions
{
    /// <summary>The license of a source that states none (<see cref="License"/>).</summary>
    public const string DefaultLicense = "Dual MIT/GPL";

    internal static CompilerOptions Default { get; } = new();

    /// <summary>The source's name in findings, in the object's line information and in the verifier's log: "cell 3", "opens.bpf.c".</summary>
    public string Name { get; init; } = "program.bpf.c";

    /// <summary>Folders searched for the source's own headers (clang's -I), in order. Relative ones start at the process's current folder.</summary>
    public IReadOnlyList<string> IncludeDirectories { get; init; } = [];

    /// <summary>Macros (clang's -D): "NAME" or "NAME=VALUE".</summary>
    public IReadOnlyList<string> Defines { get; init; } = [];

    /// <summary>
    /// The license put into an object whose source has no <c>SEC("license")</c>; null puts none. Many of the kernel's helpers (all that read
    /// kernel memory) are for GPL-compatible programs only, which the default is.
    /// </summary>
    public string? License { get; init; } = DefaultLicense;

    /// <summary>Which kernel's types vmlinux.h shows; null for the running kernel's.</summary>
    public BtfData? KernelTypes { get; init; }

    /// <summary>Always give the whole vmlinux.h (3 MB, a quarter of a second more), and not just what the source names.</summary>
    public bool FullKernelHeader { get; init; }

    /// <summary>Whether results are kept and found again by content, in memory and in ~/.cache/bpfinteractive.</summary>
    public bool UseCache { get; init; } = true;

    /// <summary>After how long clang is stopped.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The folder of the source file, for its quoted includes.</summary>
    internal string? SourceDirectory { get; init; }
}
