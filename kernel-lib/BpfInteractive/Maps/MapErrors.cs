using System.Globalization;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>What the kernel's errno means for a map of this kind, and what to do about it.</summary>
internal static class MapErrors
{
    internal static KeyNotFoundException Missing(BpfMap map, ReadOnlySpan<byte> key) => IsArray(map)
        ? new($"{map.Subject} has no index {map.FormatKey(key)}: its {map.MaxEntries} entries are numbered from 0")
        : new($"{map.Subject} has no key {map.FormatKey(key)}");

    internal static ArgumentException ValueLength(BpfMap map, int length, string parameter) => new(
        map.IsPerCpu
            ? $"a value of {map.Subject} has {map.ValueBufferSize} bytes ({map.CpuStride} for each of {PossibleCpus.Count} CPUs), not {length}"
            : $"a value of {map.Subject} has {map.ValueSize} bytes, not {length}",
        parameter);

    internal static BpfException NotOffered(BpfMap map, MapTraits traits, string attempt) => new(
        attempt, map.Subject, 0, $"it is {traits.Noun}, which can: {traits.Abilities}", traits.Instead);

    internal static BpfException OnlyByTaking(BpfMap map) => new(
        "read",
        map.Subject,
        0,
        $"the entries of {map.Traits.Noun} can only be taken out",
        "peek at the next one, or read with BpfMapReadOptions.Take, which empties it");

    internal static Exception Set(BpfMap map, ReadOnlySpan<byte> key, BpfMapSetMode mode, int errno)
    {
        const string attempt = "set a value of";
        var shown = map.FormatKey(key);
        return errno switch
        {
            Errno.E2BIG when IsArray(map) => Missing(map, key),
            Errno.E2BIG or Errno.ENOSPC => Full(map, attempt, errno),
            Errno.ENOENT when mode == BpfMapSetMode.Replace => Missing(map, key),
            Errno.EEXIST when IsArray(map) => new BpfException(attempt, map.Subject, errno, "an array's entries always exist", "set without Add"),
            Errno.EEXIST => new BpfException(attempt, map.Subject, errno, $"the key {shown} is there already", "set without Add to replace its value"),
            Errno.EBUSY => new BpfException(attempt, map.Subject, errno, "programs keep the entry's bucket busy", "try again"),
            _ => Refused(map, attempt, key, errno),
        };
    }

    internal static BpfException Full(BpfMap map, string attempt, int errno) => new(
        attempt,
        map.Subject,
        errno,
        string.Create(CultureInfo.InvariantCulture, $"all {map.MaxEntries:N0} entries are taken"),
        "delete some, or raise max_entries before load");

    internal static BpfException Refused(BpfMap map, string attempt, ReadOnlySpan<byte> key, int errno) => errno switch
    {
        Errno.EPERM => Forbidden(map, attempt, errno),
        Errno.ENOMEM => new(attempt, map.Subject, errno, "no memory for an entry", "the memory limit of this cgroup counts, not RLIMIT_MEMLOCK"),
        Errno.EBADF when IsStorage(map) => new(attempt, map.Subject, errno, $"{map.FormatKey(key)} is no descriptor of {Owner(map)}"),
        Errno.EINVAL when map.Type == BpfMapType.LpmTrie => new(attempt, map.Subject, errno, PrefixTooLong(map, key)),
        Errno.EOPNOTSUPP or Errno.ENOTSUPP => new(
            attempt, map.Subject, errno, $"this kernel does not offer that for {map.Traits.Noun}"),
        _ => new(attempt, map.Subject, errno),
    };

    internal static BpfException OpenById(int id, int errno) => new(
        "open",
        string.Create(CultureInfo.InvariantCulture, $"map {id}"),
        errno,
        errno == Errno.ENOENT ? "there is no map with this id" : null,
        errno == Errno.EPERM ? "opening maps by id takes CAP_SYS_ADMIN, or root" : null);

    internal static BpfException OpenPinned(string path, int errno) => new(
        "open pinned map",
        path,
        errno,
        errno == Errno.ENOENT ? "there is no such file" : null,
        errno switch
        {
            Errno.EACCES => "the file is no pin, or its owner and mode do not let you in",
            Errno.EINVAL => "the file is not in a BPF file system (see: mount -t bpf)",
            Errno.EPERM => "reading maps takes CAP_BPF, or root",
            _ => null,
        });

    internal static BpfException NoMap(string subject, int errno) => new("open as a map", subject, errno, "it is a BPF program or link, not a map");

    internal static BpfException Pin(BpfMap map, string path, int errno) => new(
        "pin",
        $"{map.Subject} to {path}",
        errno,
        errno == Errno.EEXIST ? "the file exists already" : null,
        errno switch
        {
            Errno.EPERM or Errno.EINVAL => "pins live in a BPF file system: choose a path under /sys/fs/bpf (mount -t bpf bpf /sys/fs/bpf), without dots in its name",
            Errno.EEXIST => "remove it (BpfMap.Unpin) or open it (BpfMap.OpenPinned)",
            _ => null,
        });

    internal static BpfException Freeze(BpfMap map, int errno) => new(
        "freeze",
        map.Subject,
        errno,
        errno switch
        {
            Errno.EBUSY => map.IsFrozen ? "it is frozen already" : "user space has it mapped for writing",
            Errno.ENOTSUPP => "a map of this kind, or with timers or kernel pointers in its values, cannot be frozen",
            _ => null,
        });

    private static string PrefixTooLong(BpfMap map, ReadOnlySpan<byte> key) =>
        $"the prefix length {BitConverter.ToUInt32(key)} is not in 0 to {(map.KeySize - 4) * 8}";

    // A frozen map says so only in fdinfo; the flags show the rest.
    private static BpfException Forbidden(BpfMap map, string attempt, int errno)
    {
        var flags = (BpfMapFlags)map.Flags;
        if (map.IsFrozen)
        {
            return new(attempt, map.Subject, errno, "it is frozen: user space can no longer write to it");
        }

        if (flags.HasFlag(BpfMapFlags.ReadOnly))
        {
            return new(attempt, map.Subject, errno, "user space may only read it", "open or make it without BpfMapFlags.ReadOnly");
        }

        return flags.HasFlag(BpfMapFlags.WriteOnly)
            ? new(attempt, map.Subject, errno, "user space may only write it", "open or make it without BpfMapFlags.WriteOnly")
            : new(attempt, map.Subject, errno, null, "reading and writing maps takes CAP_BPF, or root");
    }

    private static bool IsArray(BpfMap map) => map.Type is BpfMapType.Array or BpfMapType.PerCpuArray or BpfMapType.ProgArray
        or BpfMapType.ArrayOfMaps or BpfMapType.PerfEventArray or BpfMapType.CgroupArray;

    private static bool IsStorage(BpfMap map) => map.Type is BpfMapType.TaskStorage or BpfMapType.CgroupLocalStorage
        or BpfMapType.InodeStorage or BpfMapType.SkStorage;

    private static string Owner(BpfMap map) => map.Type switch
    {
        BpfMapType.TaskStorage => "a process (a pidfd)",
        BpfMapType.CgroupLocalStorage => "a cgroup's folder",
        BpfMapType.InodeStorage => "a file",
        _ => "a socket",
    };
}
