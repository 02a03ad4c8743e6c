namespace BpfInteractive;

/// <summary>Whether a frame has a name, and if not, why.</summary>
public enum NameReason : byte
{
    /// <summary>It has one.</summary>
    Named,

    /// <summary>The address lay in no mapping that is known of the process.</summary>
    Unmapped,

    /// <summary>The file has no symbols: it is stripped and no debug file of its build id is here.</summary>
    NoSymbols,

    /// <summary>The file has symbols, but none covers this place: past a function's end, or in one that was stripped.</summary>
    NoFunction,

    /// <summary>The file was not pinned and is not at its path any more.</summary>
    FileGone,

    /// <summary>Another file is at that path now: its build id, or its inode, size or time, differs.</summary>
    BuildIdDiffers,

    /// <summary>A file is at that path, but nothing is known by which to tell whether it is the same one.</summary>
    NotComparable,

    /// <summary>The file must not be read by this user.</summary>
    NotPermitted,

    /// <summary>The file is no ELF file for a 64-bit little-endian machine, or a damaged or hostile one.</summary>
    Damaged,

    /// <summary>Code made at run time, and its process wrote no map of it (/tmp/perf-PID.map).</summary>
    JitWithoutMap,

    /// <summary>Code made at run time, and the map that its process wrote has no entry there.</summary>
    NotInJitMap,

    /// <summary>The kernel hides its addresses from this user (kptr_restrict), or this capture was made so.</summary>
    KernelHidden,

    /// <summary>A BPF program or a kernel module that was unloaded before its name was read.</summary>
    Unloaded,

    /// <summary>No frame of code: the stack was cut here.</summary>
    Truncated,
}

/// <summary>What a place in a module is called.</summary>
/// <param name="Function">The function, as in its source (demangled); null where there is none.</param>
/// <param name="OffsetInFunction">How many bytes behind its start; 0 without a function.</param>
/// <param name="Reason"><see cref="NameReason.Named"/>, or why there is no name.</param>
public readonly record struct FrameName(string? Function, ulong OffsetInFunction, NameReason Reason)
{
    /// <summary>A frame without a name.</summary>
    public static FrameName None(NameReason reason) => new(null, 0, reason);

    /// <summary>Whether there is a name.</summary>
    public bool IsNamed => Reason == NameReason.Named;

    /// <summary>"malloc+0x1a", or the reason in brackets: "[no symbols]".</summary>
    public override string ToString() => Function is null
        ? $"[{NameReasons.TextOf(Reason)}]"
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Function}+0x{OffsetInFunction:x}");
}

/// <summary>The reasons in words, as tables have them.</summary>
public static class NameReasons
{
    private static readonly string[] s_texts =
    [
        "named", "unmapped", "no symbols", "no function there", "file gone", "build id differs", "not comparable", "not permitted", "damaged file",
        "JIT without map", "not in the JIT map", "kernel hidden", "unloaded", "truncated",
    ];

    /// <summary>All reasons in words, in the enumeration's order: the categories of a column.</summary>
    public static IReadOnlyList<string> Texts => s_texts;

    /// <summary>"build id differs".</summary>
    public static string TextOf(NameReason reason) => (uint)reason < (uint)s_texts.Length ? s_texts[(int)reason] : reason.ToString();
}
