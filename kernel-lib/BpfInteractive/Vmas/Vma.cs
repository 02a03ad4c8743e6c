using System.Text;

namespace BpfInteractive;

/// <summary>One VMA: a range of a process's addresses with one permission and one backing. A row of a <see cref="VmaSnapshot"/>.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="Permissions">What may be done with it.</param>
/// <param name="Offset">Where in the file it starts, in bytes; 0 without a file.</param>
/// <param name="Device">The file system, <c>major:minor</c> in hex as /proc prints it; <c>00:00</c> without a file.</param>
/// <param name="Inode">The file's inode number; 0 without a file.</param>
/// <param name="Path">The file's path as the reader's root sees it, or the kernel's name in brackets; null for anonymous memory.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="IsDeleted">The file has no name any more. /proc/PID/maps adds " (deleted)" to the path; <paramref name="Path"/> does not.</param>
/// <param name="IsTruncated">The path's first directories are missing, because there are too many.</param>
/// <param name="Generation">Tells a file from an older one with the same inode number; null where the engine cannot know it.</param>
/// <param name="BuildId">The file's GNU build id in hex; null where it has none or the engine cannot know it.</param>
public sealed record Vma(
    ulong Start,
    ulong End,
    VmaPermissions Permissions,
    ulong Offset,
    string Device,
    ulong Inode,
    string? Path,
    VmaKind Kind,
    bool IsDeleted = false,
    bool IsTruncated = false,
    uint? Generation = null,
    string? BuildId = null)
{
    /// <summary>Its length.</summary>
    public ulong SizeBytes => End - Start;

    /// <summary>The four letters that /proc/PID/maps has for the permissions: <c>r-xp</c>.</summary>
    public string PermissionLetters => VmaPermissionText.Of(Permissions);

    /// <summary>Whether an address lies in it.</summary>
    public bool Contains(ulong address) => address >= Start && address < End;

    /// <summary>Where an address of it lies in its file.</summary>
    public ulong FileOffsetOf(ulong address) => address - Start + Offset;

    /// <summary>The line that /proc/PID/maps has for it.</summary>
    public override string ToString()
    {
        var line = new StringBuilder(128);
        line.Append(System.Globalization.CultureInfo.InvariantCulture, $"{Start:x8}-{End:x8} {PermissionLetters} {Offset:x8} {Device} {Inode} ");
        if (Path is not null)
        {
            line.Append(' ', Math.Max(0, 73 - line.Length)).Append(VmaPath.ToProc(Path, IsDeleted));
        }

        return line.ToString();
    }
}
