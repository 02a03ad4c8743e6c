using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>Waiting for descriptors, and waking those who wait.</summary>
internal static unsafe partial class Libc
{
    internal const short POLLIN = 1;
    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int clock_gettime(int clock, long* time);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int clock_getres(int clock, long* time);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int eventfd(uint value, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(int fd, byte* buffer, nuint length);
}
