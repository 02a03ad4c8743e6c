using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>
/// The map commands of bpf(2). Each gives a result or a negative errno, as libbpf does; none throws, because a missing key is no error.
/// Callers keep the descriptor alive and the memory pinned during the call.
/// </summary>
internal static unsafe class MapSyscall
{
    internal static int Lookup(int fd, byte* key, byte* value, ulong flags) => Element(BpfCommand.MapLookup, fd, key, value, flags);

    internal static int Update(int fd, byte* key, byte* value, ulong flags) => Element(BpfCommand.MapUpdate, fd, key, value, flags);

    internal static int Delete(int fd, byte* key) => Element(BpfCommand.MapDelete, fd, key, null, 0);

    /// <summary>The key after another, or the first for null.</summary>
    internal static int NextKey(int fd, byte* key, byte* next) => Element(BpfCommand.MapNextKey, fd, key, next, 0);

    /// <summary>Looks up and deletes in one step: a queue's pop.</summary>
    internal static int Take(int fd, byte* key, byte* value, ulong flags) => Element(BpfCommand.MapTake, fd, key, value, flags);

    /// <summary>Reads up to <paramref name="count"/> entries; on return it is how many there were. ENOENT with a count ends the walk.</summary>
    internal static int LookupBatch(int fd, byte* from, byte* next, byte* keys, byte* values, ref uint count, ulong elementFlags, bool take) =>
        Batch(take ? BpfCommand.MapTakeBatch : BpfCommand.MapLookupBatch, fd, from, next, keys, values, ref count, elementFlags);

    /// <summary>Sets entries; on an error the count is how many were set before it.</summary>
    internal static int UpdateBatch(int fd, byte* keys, byte* values, ref uint count, ulong elementFlags) =>
        Batch(BpfCommand.MapUpdateBatch, fd, null, null, keys, values, ref count, elementFlags);

    /// <summary>Deletes entries; on an error the count is how many were deleted before it.</summary>
    internal static int DeleteBatch(int fd, byte* keys, ref uint count) => Batch(BpfCommand.MapDeleteBatch, fd, null, null, keys, null, ref count, 0);

    internal static int Freeze(int fd) => OneWord(BpfCommand.MapFreeze, fd);

    internal static int OpenById(uint id, uint flags) => ThreeWords(BpfCommand.MapById, id, 0, flags);

    internal static int OpenBtfById(uint id) => ThreeWords(BpfCommand.BtfById, id, 0, 0);

    /// <summary>The smallest id above another, or a negative errno.</summary>
    internal static int NextId(uint id, out uint next)
    {
        var words = stackalloc uint[4] { id, 0, 0, 0 };
        var result = Call(BpfCommand.MapNextId, words, 4 * sizeof(uint));
        next = words[1];
        return result;
    }

    internal static int Pin(int fd, byte* path)
    {
        var attributes = new PathAttributes { Path = (ulong)path, Fd = (uint)fd };
        return Call(BpfCommand.ObjectPin, &attributes, sizeof(PathAttributes));
    }

    internal static int OpenPinned(byte* path, uint flags)
    {
        var attributes = new PathAttributes { Path = (ulong)path, Flags = flags };
        return Call(BpfCommand.OpenPinned, &attributes, sizeof(PathAttributes));
    }

    /// <summary>Fills struct bpf_map_info, or as much of it as this kernel knows.</summary>
    internal static int GetInfo(int fd, out MapInfo info)
    {
        fixed (MapInfo* pointer = &info)
        {
            *pointer = default;
            return Info(fd, pointer, sizeof(MapInfo));
        }
    }

    /// <summary>Fills struct bpf_btf_info; with a buffer, also copies the BTF into it.</summary>
    internal static int GetBtfInfo(int fd, byte* buffer, int size, out int actualSize)
    {
        var info = new BtfInfo { Btf = (ulong)buffer, BtfSize = (uint)size };
        var result = Info(fd, &info, sizeof(BtfInfo));
        actualSize = (int)info.BtfSize;
        return result;
    }

    private static int Info(int fd, void* info, int size)
    {
        var attributes = new InfoAttributes { Fd = (uint)fd, Size = (uint)size, Info = (ulong)info };
        return Call(BpfCommand.GetInfoByFd, &attributes, sizeof(InfoAttributes));
    }

    private static int Element(BpfCommand command, int fd, byte* key, byte* value, ulong flags)
    {
        var attributes = new ElementAttributes { Fd = (uint)fd, Key = (ulong)key, Value = (ulong)value, Flags = flags };
        return Call(command, &attributes, sizeof(ElementAttributes));
    }

    private static int Batch(
        BpfCommand command, int fd, byte* from, byte* next, byte* keys, byte* values, ref uint count, ulong elementFlags)
    {
        var attributes = new BatchAttributes
        {
            From = (ulong)from,
            Next = (ulong)next,
            Keys = (ulong)keys,
            Values = (ulong)values,
            Count = count,
            Fd = (uint)fd,
            ElementFlags = elementFlags,
        };
        var result = Call(command, &attributes, sizeof(BatchAttributes));

        // EFAULT leaves the count as it was given: nothing was copied then.
        count = result == -Errno.EFAULT ? 0 : attributes.Count;
        return result;
    }

    private static int OneWord(BpfCommand command, int word) => Call(command, &word, sizeof(int));

    private static int ThreeWords(BpfCommand command, uint first, uint second, uint third)
    {
        var words = stackalloc uint[3] { first, second, third };
        return Call(command, words, 3 * sizeof(uint));
    }

    private static int Call(BpfCommand command, void* attributes, int size)
    {
        // SAFETY: the attributes are on a caller's stack and outlive the call; the kernel touches no more than the size it is told.
        var result = Libc.syscall(BpfSyscall.Number, (nint)command, (nint)attributes, size, 0, 0, 0);
        return result >= 0 ? (int)result : -Errno.Last;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ElementAttributes
    {
        internal uint Fd;
        internal uint Padding;
        internal ulong Key;
        internal ulong Value;
        internal ulong Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct BatchAttributes
    {
        internal ulong From;
        internal ulong Next;
        internal ulong Keys;
        internal ulong Values;
        internal uint Count;
        internal uint Fd;
        internal ulong ElementFlags;
        internal ulong Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PathAttributes
    {
        internal ulong Path;
        internal uint Fd;
        internal uint Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InfoAttributes
    {
        internal uint Fd;
        internal uint Size;
        internal ulong Info;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct BtfInfo
    {
        internal ulong Btf;
        internal uint BtfSize;
        internal uint Id;
        internal ulong Name;
        internal uint NameLength;
        internal uint KernelBtf;
    }
}

/// <summary>struct bpf_map_info of include/uapi/linux/bpf.h up to map_extra (Linux 5.16).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapInfo
{
    internal uint Type;
    internal uint Id;
    internal uint KeySize;
    internal uint ValueSize;
    internal uint MaxEntries;
    internal uint Flags;
    internal fixed byte Name[16];
    internal uint InterfaceIndex;
    internal uint BtfVmlinuxValueTypeId;
    internal ulong NetworkNamespaceDevice;
    internal ulong NetworkNamespaceInode;
    internal uint BtfId;
    internal uint BtfKeyTypeId;
    internal uint BtfValueTypeId;
    internal uint BtfVmlinuxId;
    internal ulong Extra;

    /// <summary>The kernel's name of the map: at most 15 characters of the source's.</summary>
    internal string NameText()
    {
        fixed (byte* name = Name)
        {
            return Marshal.PtrToStringUTF8((nint)name) ?? "";
        }
    }
}
