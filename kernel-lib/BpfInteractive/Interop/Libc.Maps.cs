using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>What pins and task storage need of the C library.</summary>
internal static unsafe partial class Libc
{
    /// <summary>PIDFD_THREAD: a descriptor of one thread and not of its process (Linux 6.9).</summary>
    internal const uint PidfdThread = 0x80;

    // pidfd_open has one number on every architecture (it is younger than the common table).
    private const int PidfdOpenNumber = 434;

    /// <summary>A descriptor of a process (or thread) of the caller's pid namespace, or -1; close-on-exec always.</summary>
    internal static int PidfdOpen(int pid, uint flags) => (int)syscall(PidfdOpenNumber, pid, (nint)flags, 0, 0, 0, 0);

    private const int PidfdSendSignalNumber = 424;

    /// <summary>Signals the very process that a descriptor stands for, never another that has its pid by now; 0, or -1 with errno set.</summary>
    internal static int PidfdSendSignal(int pidfd, int signal) => (int)syscall(PidfdSendSignalNumber, pidfd, signal, 0, 0, 0, 0);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlink(string path);
}
