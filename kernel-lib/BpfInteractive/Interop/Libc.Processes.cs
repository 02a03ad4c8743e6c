using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

internal static unsafe partial class Libc
{
    internal const int PR_CAPBSET_DROP = 24;
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const int PR_CAP_AMBIENT = 47;
    internal const int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    internal const int SIGTERM = 15;
    internal const int SIGCONT = 18;
    internal const int PRIO_PROCESS = 0;
    internal const int RLIMIT_FSIZE = 1;
    internal const int RLIMIT_NOFILE = 7;
    internal const int RLIMIT_AS = 9;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prlimit(int pid, int resource, ulong* newLimit, ulong* oldLimit);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setpriority(int which, uint who, int nice);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint geteuid_of_caller();

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkdir(string path, uint mode);

    /// <summary>execv(3): returns only when it fails. The arguments end in a null.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int execv(string path, string?[] arguments);

    /// <summary>statx(2) of a path, without following a link at its end.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int directory, string path, int flags, uint mask, byte* result);
}
