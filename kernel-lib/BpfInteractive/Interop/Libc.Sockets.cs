using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>Sockets: filters on them.</summary>
internal static unsafe partial class Libc
{
    private const int SOL_SOCKET = 1;
    private const int SO_ATTACH_BPF = 50;
    private const int SO_DETACH_BPF = 27;

    /// <summary>0, or the positive errno.</summary>
    internal static int AttachSocketFilter(int socketFd, int programFd) =>
        setsockopt(socketFd, SOL_SOCKET, SO_ATTACH_BPF, &programFd, sizeof(int)) == 0 ? 0 : Errno.Last;

    /// <summary>0, or the positive errno.</summary>
    internal static int DetachSocketFilter(int socketFd)
    {
        var nothing = 0;
        return setsockopt(socketFd, SOL_SOCKET, SO_DETACH_BPF, &nothing, sizeof(int)) == 0 ? 0 : Errno.Last;
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setns(int fd, int kind);

    /// <summary>An interface's number, or 0.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint if_nametoindex(string name);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int setsockopt(int fd, int level, int option, void* value, uint size);
}
