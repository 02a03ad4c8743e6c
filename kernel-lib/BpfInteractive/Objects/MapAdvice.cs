using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Why the kernel refuses a map: EINVAL says nothing, the map's own numbers do.</summary>
internal static class MapAdvice
{
    private const int PageSize = 4096;

    /// <summary>The cause and what to do, from the map's type and sizes.</summary>
    internal static (string Detail, string? Hint) For(OpenBpfMap? map, int errno, string detail)
    {
        if (map is null)
        {
            return (detail, null);
        }

        var size = $"{map.Type}, key_size {map.KeySize}, value_size {map.ValueSize}, max_entries {map.MaxEntries}";
        return errno switch
        {
            Errno.E2BIG => ($"{detail}: it is too large ({size})", "make max_entries or the value smaller"),
            Errno.ENOMEM => ($"{detail}: there is not that much memory ({size})", "make max_entries or the value smaller"),
            Errno.EINVAL => Invalid(map, detail, size),
            _ => ($"{detail} ({size})", null),
        };
    }

    private static (string Detail, string? Hint) Invalid(OpenBpfMap map, string detail, string size)
    {
        if (map.Type is BpfMapType.RingBuffer or BpfMapType.UserRingBuffer)
        {
            if (map.KeySize != 0 || map.ValueSize != 0)
            {
                return ($"{detail}: a ring buffer has neither keys nor values ({size})", "leave out key and value; its records' types need no declaration");
            }

            return ($"{detail}: a ring buffer's max_entries is its size in bytes, a power of two and a multiple of a page; here it is {map.MaxEntries}",
                $"set MaxEntries before load, or in the source: __uint(max_entries, {PageSize} * 64)");
        }

        if (map.MaxEntries == 0 && !IsStorage(map.Type))
        {
            return ($"{detail}: it has no max_entries ({size})", "set MaxEntries before load, or in the source: __uint(max_entries, 1024)");
        }

        if (map.ValueSize == 0)
        {
            return map.Type == BpfMapType.StackTrace
                ? ($"{detail}: it has no value_size ({size})", "set ValueSize before load to 8 bytes a frame, 127 * 8 for the deepest stacks")
                : ($"{detail}: it has no value_size ({size})", "set ValueSize before load, or in the source: __type(value, ...)");
        }

        return map.KeySize == 0 && NeedsKey(map.Type)
            ? ($"{detail}: it has no key_size ({size})", "set KeySize before load, or in the source: __type(key, ...)")
            : ($"{detail}: its type and its sizes do not go together ({size})", KeyRule(map));
    }

    private static string? KeyRule(OpenBpfMap map) => map.Type switch
    {
        BpfMapType.Array or BpfMapType.PerCpuArray or BpfMapType.ProgArray or BpfMapType.PerfEventArray or BpfMapType.StackTrace when map.KeySize != 4 =>
            "its key is an index of 4 bytes: __type(key, __u32)",
        BpfMapType.LpmTrie => "its key begins with a __u32 prefix length, and it needs __uint(map_flags, BPF_F_NO_PREALLOC)",
        BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter when map.KeySize != 0 => "it has no key: leave out key and key_size",
        BpfMapType.TaskStorage or BpfMapType.InodeStorage or BpfMapType.SkStorage or BpfMapType.CgroupLocalStorage =>
            "its key is an int, its max_entries 0, and it needs __uint(map_flags, BPF_F_NO_PREALLOC)",
        _ => null,
    };

    private static bool IsStorage(BpfMapType type) =>
        type is BpfMapType.TaskStorage or BpfMapType.InodeStorage or BpfMapType.SkStorage or BpfMapType.CgroupLocalStorage or BpfMapType.StructOps;

    private static bool NeedsKey(BpfMapType type) => type is not (BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter);
}
