using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>struct vma_record of bpf/vmas.h. A test compares all of these with the BTF of the programs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VmaRecord
{
    internal ulong Start;
    internal ulong End;
    internal ulong PageOffset;
    internal uint Flags;
    internal uint Name;

    internal const uint FileFlag = 16;
    internal const uint HeapFlag = 32;
    internal const uint StackFlag = 64;
}

/// <summary>enum vma_name_kind.</summary>
internal enum VmaNameKind : uint
{
    Path,
    Pseudo,
    AnonymousInode,
    Socket,
    DmaBuffer,
    Special,
    Named,
    NamedShared,
}

/// <summary>struct vma_name.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VmaNameRecord
{
    internal ulong Inode;
    internal ulong KernelInode;
    internal uint Device;
    internal uint KernelDevice;
    internal uint Generation;
    internal VmaNameKind Kind;
    internal uint Flags;
    internal uint Text;
    internal uint Length;
    internal uint Padding;

    internal const uint DeletedFlag = 1;
    internal const uint TruncatedFlag = 2;
    internal const uint EscapedFlag = 4;
}

/// <summary>enum vma_task_state.</summary>
internal enum VmaTaskState : uint
{
    Gone,
    User,
    Kernel,
    Exited,
}

/// <summary>struct vma_task.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VmaTaskRecord
{
    internal VmaTaskState State;
    internal uint HostPid;
    internal uint NamespacePid;
    internal uint Pid;
    internal ulong StartNs;
    internal fixed byte Comm[16];

    internal readonly string Name
    {
        get
        {
            // SAFETY: the span does not outlive this call, and 16 bytes are there.
            fixed (byte* comm = Comm)
            {
                var name = new ReadOnlySpan<byte>(comm, 16);
                var end = name.IndexOf((byte)0);
                return System.Text.Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
            }
        }
    }
}

/// <summary>struct vma_walk.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VmaWalk
{
    internal ulong From;
    internal uint Pid;
    internal uint Filter;
    internal int Error;
    internal uint Complete;
    internal uint OneMoment;
    internal uint Seen;
    internal uint Records;
    internal uint Names;
    internal uint Text;
    internal uint Limit;
    internal ulong KernelNs;
    internal VmaTaskRecord Task;

    internal const uint OnlyExecutable = 1;
    internal const uint OnlyFile = 2;

    internal static uint FilterOf(VmaOptions options) =>
        (options.ExecutableOnly ? OnlyExecutable : 0) | (options.FileBackedOnly ? OnlyFile : 0);
}

/// <summary>struct vma_row: what the file of engine task-vma-iter consists of.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VmaStreamRow
{
    internal VmaRecord Record;
    internal uint Parts;
    internal uint Padding;

    internal const uint TaskPart = 1;
    internal const uint NamePart = 2;
}
