namespace BpfInteractive;

/// <summary>What a VMA maps and what that is called, as an engine found it: once for each file of a snapshot.</summary>
internal sealed class VmaName
{
    internal static readonly VmaName Anonymous = new() { Kind = VmaKind.Anonymous };

    internal required VmaKind Kind { get; init; }

    /// <summary>The path or name in UTF-8; empty for none.</summary>
    internal byte[] Path { get; init; } = [];

    internal bool IsDeleted { get; init; }

    internal bool IsTruncated { get; init; }

    /// <summary>The kernel's dev_t, as /proc shows it: major in the upper 12 bits, minor in the lower 20.</summary>
    internal uint Device { get; init; }

    internal ulong Inode { get; init; }

    internal bool IsFile { get; init; }

    internal uint? Generation { get; init; }

    /// <summary>The inode whose pages are mapped; null where the engine cannot know it.</summary>
    internal (uint Device, ulong Inode)? KernelFile { get; init; }

    internal byte[]? BuildId { get; init; }

    internal static string DeviceText(uint device) => FormattableString.Invariant($"{device >> 20:x2}:{device & 0xfffff:x2}");
}
