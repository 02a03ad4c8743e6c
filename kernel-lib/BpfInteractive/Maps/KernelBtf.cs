using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>BTF that the kernel keeps for maps and programs of others, by its number.</summary>
internal static unsafe class KernelBtf
{
    /// <summary>The types, or null where the caller may not read them (BPF_BTF_GET_FD_BY_ID takes CAP_SYS_ADMIN).</summary>
    internal static BtfData? ById(uint id)
    {
        var fd = MapSyscall.OpenBtfById(id);
        if (fd < 0)
        {
            return null;
        }

        using var handle = new FileDescriptor(fd);
        if (MapSyscall.GetBtfInfo(fd, null, 0, out var size) < 0 || size <= 0)
        {
            return null;
        }

        var bytes = new byte[size];
        fixed (byte* pointer = bytes)
        {
            // SAFETY: the kernel writes at most the size it is told, which is the array's.
            return MapSyscall.GetBtfInfo(fd, pointer, size, out _) < 0 ? null : BtfData.Parse(bytes);
        }
    }
}
