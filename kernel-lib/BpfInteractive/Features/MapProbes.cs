using System.Buffers.Binary;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Map types, each made once with the smallest sizes it takes.</summary>
internal static class MapProbes
{
    private const uint NoPreallocation = 1;
    private const uint Mmapable = 1 << 10;
    private const int PageSize = 4096;

    internal static IEnumerable<FeatureProbe> All =>
    [
        Map("hash", 1, "Linux 3.19"),
        Map("array", 2, "Linux 3.19"),
        Map("prog_array", 3, "Linux 4.2"),
        Map("perf_event_array", 4, "Linux 4.3"),
        Map("percpu_hash", 5, "Linux 4.6"),
        Map("percpu_array", 6, "Linux 4.6"),
        Map("stack_trace", 7, "Linux 4.6", value: 8 * 127),
        Map("cgroup_array", 8, "Linux 4.8"),
        Map("lru_hash", 9, "Linux 4.10"),
        Map("lru_percpu_hash", 10, "Linux 4.10"),
        Map("lpm_trie", 11, "Linux 4.11", key: 8, flags: NoPreallocation),
        new("array_of_maps", FeatureCategory.Maps, "map type", () => WithInner(12)) { Since = "Linux 4.12" },
        new("hash_of_maps", FeatureCategory.Maps, "map type", () => WithInner(13)) { Since = "Linux 4.12" },
        Map("queue", 22, "Linux 4.20", key: 0),
        Map("stack", 23, "Linux 4.20", key: 0),
        Map("ringbuf", 27, "Linux 5.8", key: 0, value: 0, entries: PageSize),
        Storage("inode_storage", 28, "Linux 5.10"),
        Storage("task_storage", 29, "Linux 5.11"),
        Map("bloom_filter", 30, "Linux 5.16", key: 0),
        Map("user_ringbuf", 31, "Linux 6.1", key: 0, value: 0, entries: PageSize),
        Storage("cgrp_storage", 32, "Linux 6.2"),
        Map("arena", 33, "Linux 6.9", key: 0, value: 0, entries: 1, flags: Mmapable),
    ];

    private static FeatureProbe Map(string name, uint type, string since, uint key = 4, uint value = 4, uint entries = 1, uint flags = 0) =>
        new(name, FeatureCategory.Maps, "map type",
            () => Create(new() { MapType = type, KeySize = key, ValueSize = value, MaxEntries = entries, Flags = flags }))
        { Since = since };

    private static FeatureProbe Storage(string name, uint type, string since) => new(name, FeatureCategory.Maps, "map type", () =>
    {
        using var btf = LoadIntBtf(out var refusal);
        return btf is null ? refusal : Create(new()
        {
            MapType = type,
            KeySize = 4,
            ValueSize = 4,
            Flags = NoPreallocation,
            BtfFd = (uint)btf.Value,
            BtfKeyTypeId = 1,
            BtfValueTypeId = 1,
        });
    })
    { Since = since };

    private static ProbeAnswer WithInner(uint type)
    {
        var inner = BpfSyscall.CreateMap(new() { MapType = 2, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        if (inner < 0)
        {
            return Refuse(-inner);
        }

        using var owned = new FileDescriptor(inner);
        return Create(new() { MapType = type, KeySize = 4, ValueSize = 4, MaxEntries = 1, InnerMapFd = (uint)inner });
    }

    private static ProbeAnswer Create(MapCreateAttributes map)
    {
        var fd = BpfSyscall.CreateMap(map);
        if (fd < 0)
        {
            return Refuse(-fd);
        }

        new FileDescriptor(fd).Dispose();
        return ProbeAnswer.Yes();
    }

    private static ProbeAnswer Refuse(int errno) => errno is Errno.EINVAL
        ? ProbeAnswer.No("this kernel does not know the map type", null, errno)
        : Refusal.Explain("making it", errno, "", Refusal.ForMaps);

    /// <summary>BTF with one type, a 32-bit int: storage maps must have BTF.</summary>
    private static FileDescriptor? LoadIntBtf(out ProbeAnswer refusal)
    {
        const int Header = 24;
        const int Types = 16;
        var btf = new byte[Header + Types + 5];
        BinaryPrimitives.WriteUInt32LittleEndian(btf, 0x0001_eb9f); // magic, version 1
        BinaryPrimitives.WriteInt32LittleEndian(btf.AsSpan(4), Header);
        BinaryPrimitives.WriteInt32LittleEndian(btf.AsSpan(12), Types);
        BinaryPrimitives.WriteInt32LittleEndian(btf.AsSpan(16), Types);
        BinaryPrimitives.WriteInt32LittleEndian(btf.AsSpan(20), 5);
        BinaryPrimitives.WriteInt32LittleEndian(btf.AsSpan(Header), 1); // name: "int"
        BinaryPrimitives.WriteInt32LittleEndian(btf.AsSpan(Header + 4), 1 << 24); // BTF_KIND_INT
        BinaryPrimitives.WriteInt32LittleEndian(btf.AsSpan(Header + 8), 4);
        BinaryPrimitives.WriteInt32LittleEndian(btf.AsSpan(Header + 12), (1 << 24) | 32); // signed, 32 bits
        "\0int\0"u8.CopyTo(btf.AsSpan(Header + Types));
        var fd = BpfSyscall.LoadBtf(btf);
        refusal = fd >= 0 ? default : Refusal.Explain("loading BTF", -fd, "", Refusal.ForMaps);
        return fd >= 0 ? new FileDescriptor(fd) : null;
    }
}
