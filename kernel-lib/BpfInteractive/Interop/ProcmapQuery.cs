using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>
/// struct procmap_query of include/uapi/linux/fs.h (Linux 6.11, ed5d583a88a9): asks an open /proc/PID/maps for one VMA. Later kernels may
/// append fields; <see cref="Size"/> says which the caller knows.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProcmapQuery
{
    /// <summary>_IOWR('f', 17, struct procmap_query).</summary>
    internal const uint Request = 0xC0686611;

    internal const ulong ExecutableFlag = 4;
    internal const ulong CoveringOrNextFlag = 0x10;
    internal const ulong FileBackedFlag = 0x20;

    internal ulong Size;
    internal ulong Flags;
    internal ulong Address;
    internal ulong Start;
    internal ulong End;

    /// <summary>Readable 1, writable 2, executable 4, shared 8.</summary>
    internal ulong VmaFlags;

    internal ulong PageSize;
    internal ulong Offset;
    internal ulong Inode;
    internal uint DeviceMajor;
    internal uint DeviceMinor;

    /// <summary>In: room for the name; out: its length with the NUL, 0 for none.</summary>
    internal uint NameSize;

    /// <summary>In: room for the build id; out: its length, 0 for none.</summary>
    internal uint BuildIdSize;

    internal ulong Name;
    internal ulong BuildId;
}
