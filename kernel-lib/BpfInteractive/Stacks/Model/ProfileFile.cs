namespace BpfInteractive;

/// <summary>
/// The identity of a file that code was mapped from, as it was when the mapping was seen. With an offset in it, it is what a frame is; names come later.
/// </summary>
public sealed record ProfileFile
{
    /// <summary>What offsets count in.</summary>
    public ProfileFileKind Kind { get; init; }

    /// <summary>The path as the process sees it, or a name in brackets; no " (deleted)" behind it.</summary>
    public required string Path { get; init; }

    /// <summary>The build id; empty where the file has none or nobody could read it.</summary>
    public BuildId BuildId { get; init; }

    /// <summary>The device as /proc/PID/maps shows it (the overlay's): major in the upper 12 bits, minor in the lower 20.</summary>
    public uint Device { get; init; }

    /// <summary>The inode as /proc/PID/maps shows it.</summary>
    public ulong Inode { get; init; }

    /// <summary>The inode's generation, which tells files apart that had one number after another.</summary>
    public uint? Generation { get; init; }

    /// <summary>The device of the inode whose pages are mapped, where that is another (an overlay's lower file).</summary>
    public uint? KernelDevice { get; init; }

    /// <summary>The inode whose pages are mapped, where that is another.</summary>
    public ulong? KernelInode { get; init; }

    /// <summary>The size in bytes.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>When it was last written, in nanoseconds since 1970.</summary>
    public long? ModifiedNs { get; init; }

    /// <summary>
    /// When its inode last changed, in nanoseconds since 1970: tells apart the contents that were written over one another in place, whatever time of writing they were given.
    /// </summary>
    public long? ChangedNs { get; init; }

    /// <summary>Whether it had no name any more.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>
    /// What is to be added to an offset of code in the file to get the address that its symbols count in; null where that is not known, or not one number. With it a separate debug
    /// file is enough to name code, for those do not tell where code lies in the file that they belong to.
    /// </summary>
    public long? CodeBias { get; init; }

    /// <summary>For <see cref="ProfileFileKind.Jit"/> and <see cref="ProfileFileKind.Unmapped"/> the address space; otherwise -1.</summary>
    public int Mm { get; init; } = -1;

    /// <summary>The last part of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>What stays the same when the build id becomes known.</summary>
    internal ProfileFile WithoutBuildId => this with { BuildId = default, CodeBias = null };
}
