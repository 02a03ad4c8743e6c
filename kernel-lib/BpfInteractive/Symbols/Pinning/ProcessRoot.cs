using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>Opens files as a process sees them. What they are is the caller's to check: a process may put anything at a path.</summary>
internal static class ProcessRoot
{
    /// <summary>
    /// The file behind a mapping, whatever became of its path (needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE in the first user namespace:
    /// proc_map_files_get_link, fs/proc/base.c); an invalid handle when there is none at just this range.
    /// </summary>
    internal static SafeFileHandle OpenMapping(string folder, ulong start, ulong end) =>
        Libc.OpenForReading(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{folder}/map_files/{start:x}-{end:x}"));

    /// <summary>A file by its path in the process's root, out of which no link leads; an invalid handle with errno set when that fails.</summary>
    /// <param name="folder">The process's folder in /proc.</param>
    /// <param name="path">The path there.</param>
    /// <param name="flags">More flags of open(2).</param>
    internal static SafeFileHandle Open(string folder, string path, int flags = 0)
    {
        using var root = new SafeFileHandle(Libc.open(folder + "/root", Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC), ownsHandle: true);
        return root.IsInvalid ? root : Libc.OpenInRoot((int)root.DangerousGetHandle(), path, flags);
    }

    /// <summary>Why something could not be opened, by errno.</summary>
    internal static FrameReason ReasonOf(int errno) => errno is Errno.EACCES or Errno.EPERM ? FrameReason.NotPermitted : FrameReason.FileGone;
}
