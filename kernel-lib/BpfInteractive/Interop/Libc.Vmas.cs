using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>ioctl and statx, as the VMA engines use them.</summary>
internal static unsafe partial class Libc
{
    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(int folder, byte* path, int flags, uint mask, Statx* result);

    /// <summary>The head of struct statx (256 bytes).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        internal const uint InodeMask = 0x100;

        [FieldOffset(32)] internal ulong Inode;
    }
}
