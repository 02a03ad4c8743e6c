using System.Runtime.InteropServices;
using System.Text;

namespace BpfInteractive.Interop;

/// <summary>ioctl and statx, as the VMA engines and the pinned files use them.</summary>
internal static unsafe partial class Libc
{
    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_EMPTY_PATH = 0x1000;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(int folder, byte* path, int flags, uint mask, Statx* result);

    /// <summary>What an open file is; false with errno set when the kernel does not say.</summary>
    internal static bool TryStat(int fd, out Statx status)
    {
        byte nothing = 0;

        // SAFETY: an empty path with AT_EMPTY_PATH means the descriptor; statx writes no more than its 256 bytes.
        fixed (Statx* result = &status)
        {
            return statx(fd, &nothing, AT_EMPTY_PATH, Statx.BasicMask, result) == 0;
        }
    }

    /// <summary>What a path names, a link at its end not followed; false with errno set when the kernel does not say.</summary>
    internal static bool TryStat(string path, out Statx status)
    {
        // SAFETY: the text ends in a NUL and is pinned; statx writes no more than its 256 bytes.
        fixed (byte* text = Encoding.UTF8.GetBytes(path + "\0"))
        fixed (Statx* result = &status)
        {
            return statx(AT_FDCWD, text, AT_SYMLINK_NOFOLLOW, Statx.BasicMask, result) == 0;
        }
    }

    /// <summary>The head of struct statx (256 bytes).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        internal const uint InodeMask = 0x100;
        internal const uint BasicMask = 0x7ff;

        private const int TypeMask = 0xf000;
        private const int RegularType = 0x8000;
        private const int OthersRead = 4;

        [FieldOffset(20)] internal uint UserId;
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Inode;
        [FieldOffset(40)] internal ulong Size;
        [FieldOffset(112)] internal long ModifiedSeconds;
        [FieldOffset(120)] internal uint ModifiedNanoseconds;
        [FieldOffset(136)] internal uint DeviceMajor;
        [FieldOffset(140)] internal uint DeviceMinor;

        internal readonly bool IsRegular => (Mode & TypeMask) == RegularType;

        internal readonly bool IsReadableByOthers => (Mode & OthersRead) != 0;

        /// <summary>major &lt;&lt; 20 | minor, as the kernel has it.</summary>
        internal readonly uint Device => (DeviceMajor << 20) | DeviceMinor;

        internal readonly long ModifiedNs => unchecked((ModifiedSeconds * 1_000_000_000) + ModifiedNanoseconds);
    }
}
