namespace BpfInteractive;

/// <summary>A range of an address space and what lies in it.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address behind the last.</param>
/// <param name="Offset">The file offset of <paramref name="Start"/>; for anonymous memory ignored.</param>
/// <param name="File">The file, as <see cref="ProfileBuilder.AddFile"/> numbered it; -1 for anonymous memory; <see cref="NoCode"/> where no code is.</param>
/// <param name="Permissions">What may be done with it. Only executable ranges hold frames.</param>
public readonly record struct ProfileMapping(ulong Start, ulong End, ulong Offset, int File, VmaPermissions Permissions)
{
    /// <summary>In the place of a file: there is no code in the range.</summary>
    public const int NoCode = -2;
}
