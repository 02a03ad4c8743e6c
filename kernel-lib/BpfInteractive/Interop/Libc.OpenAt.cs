using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive.Interop;

/// <summary>Opening files of other processes, which may be anything: a pipe without a writer, a device, a link out of a container.</summary>
internal static unsafe partial class Libc
{
    internal const int O_NOFOLLOW = 0x20000;
    internal const int O_PATH = 0x200000;

    /// <summary>The given folder is the root that absolute links and ".." lead to (Linux 5.6).</summary>
    internal const ulong RESOLVE_IN_ROOT = 0x10;

    /// <summary>Links of /proc that are more than their text are not followed.</summary>
    internal const ulong RESOLVE_NO_MAGICLINKS = 0x02;

    // openat2 has one number on every architecture (it is younger than the common table).
    private const int OpenAt2Number = 437;
    private const int O_NOCTTY = 0x100;

    /// <summary>Opens a file for reading without waiting for anything; an invalid handle with errno set when that fails.</summary>
    internal static SafeFileHandle OpenForReading(string path, int flags = 0) =>
        new(open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags), ownsHandle: true);

    /// <summary>The same, by a path inside another root.</summary>
    internal static SafeFileHandle OpenInRoot(int rootFd, string path, int flags)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags), Resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
        var text = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            // SAFETY: the path ends in a NUL and lives until the finally below; how is on this frame, and its size is told.
            return new SafeFileHandle((nint)(int)syscall(OpenAt2Number, rootFd, text, (nint)(&how), sizeof(OpenHow), 0, 0), ownsHandle: true);
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>struct open_how.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
    }
}
