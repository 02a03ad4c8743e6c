namespace BpfInteractive;

/// <summary>A place of code, as something that names it wants it.</summary>
/// <param name="FileNumber">The file's row in the profile.</param>
/// <param name="File">The file.</param>
/// <param name="Offset">The offset in it: a file offset, or what <see cref="ProfileFileKind"/> says.</param>
/// <param name="IsReturn">Whether it is a return address: the call is the instruction before it.</param>
public readonly record struct ProfileLocation(int FileNumber, ProfileFile File, ulong Offset, bool IsReturn)
{
    /// <summary>The offset to look up: inside the calling instruction, where <see cref="IsReturn"/> (a function that never returns is called by its caller's last bytes).</summary>
    public ulong LookupOffset => LookupOffsetOf(Offset, IsReturn);

    internal static ulong LookupOffsetOf(ulong offset, bool isReturn) => isReturn && offset > 0 ? offset - 1 : offset;
}
