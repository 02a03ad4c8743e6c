using static BpfInteractive.Tests.Maps.RawMaps;

namespace BpfInteractive.Tests.Maps;

/// <summary>Entries as bytes, each kind of map on this kernel.</summary>
[Collection(Alone.Name)]
public sealed class MapBytesTests
{
    public MapBytesTests() => Require.Root();

    [Theory]
    [InlineData(BpfMapType.Hash)]
    [InlineData(BpfMapType.LruHash)]
    public void A_hash_sets_gets_takes_and_deletes(BpfMapType type)
    {
        using var map = Make(type, 4, 8, 64);
        map.Set(Bytes(7u), Bytes(70ul));
        map.Set(Bytes(8u), Bytes(80ul), BpfMapSetMode.Add);
        map.Set(Bytes(8u), Bytes(81ul), BpfMapSetMode.Replace);

        Assert.Equal(70ul, As<ulong>(map.Get(Bytes(7u))));
        Assert.Equal(81ul, As<ulong>(map.Get(Bytes(8u))));
        Assert.False(map.TryGet(Bytes(9u), new byte[8]));
        Assert.Equal(2, map.CountEntries());
        var taken = new byte[8];
        Assert.True(map.TryTake(Bytes(7u), taken));
        Assert.Equal(70ul, As<ulong>(taken));
        Assert.False(map.TryTake(Bytes(7u), taken));
        Assert.True(map.Delete(Bytes(8u)));
        Assert.False(map.Delete(Bytes(8u)));
        Assert.Empty(map.Keys());
    }

    [Theory]
    [InlineData(BpfMapType.PerCpuHash)]
    [InlineData(BpfMapType.LruPerCpuHash)]
    [InlineData(BpfMapType.PerCpuArray)]
    public void A_per_cpu_map_has_a_value_for_each_possible_cpu(BpfMapType type)
    {
        using var map = Make(type, 4, 4, 64);
        var stride = map.ValueBufferSize / PossibleCpus.Count;
        Assert.Equal(8, stride);
        var value = new byte[map.ValueBufferSize];
        for (var cpu = 0; cpu < PossibleCpus.Count; cpu++)
        {
            Bytes(100 + cpu).CopyTo(value, cpu * stride);
        }

        map.Set(Bytes(3u), value);
        Assert.Equal(value, map.Get(Bytes(3u)));
    }

    [Fact]
    public void An_array_has_all_its_entries_and_none_beyond()
    {
        using var map = Make(BpfMapType.Array, 4, 8, 3);
        map.Set(Bytes(2u), Bytes(5ul));

        Assert.Equal(3, map.CountEntries());
        Assert.Equal([0u, 1u, 2u], map.Keys().Select(key => As<uint>(key)));
        Assert.False(map.Contains(Bytes(3u)));
        var error = Assert.Throws<KeyNotFoundException>(() => map.Set(Bytes(3u), Bytes(1ul)));
        Assert.Contains("map 'raw' has no index 3: its 3 entries are numbered from 0", error.Message, StringComparison.Ordinal);
        map.Clear();
        Assert.Equal(0ul, As<ulong>(map.Get(Bytes(2u))));
    }

    [Fact]
    public void A_trie_finds_the_longest_prefix()
    {
        using var map = Make(BpfMapType.LpmTrie, 8, 4, 16);
        map.Set(IpPrefix.Parse("10.0.0.0/8"), Bytes(8u));
        map.Set(IpPrefix.Parse("10.1.0.0/16"), Bytes(16u));

        Assert.Equal(16u, As<uint>(map.Get(IpPrefix.Parse("10.1.2.3"))));
        Assert.Equal(8u, As<uint>(map.Get(IpPrefix.Parse("10.2.2.3"))));
        Assert.False(map.Contains(IpPrefix.Parse("11.0.0.1")));
        Assert.Equal(["10.0.0.0/8", "10.1.0.0/16"], map.Keys().Select(key => IpPrefix.Format(key)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_queue_gives_the_oldest_first_and_a_stack_the_youngest()
    {
        using var queue = Make(BpfMapType.Queue, 0, 4, 8);
        using var stack = Make(BpfMapType.Stack, 0, 4, 8);
        foreach (var map in new[] { queue, stack })
        {
            map.Push(Bytes(1));
            map.Push(Bytes(2));
        }

        var value = new byte[4];
        Assert.True(queue.TryPeek(value));
        Assert.Equal(1, As<int>(value));
        Assert.True(queue.TryPop(value));
        Assert.Equal(1, As<int>(value));
        Assert.True(stack.TryPop(value));
        Assert.Equal(2, As<int>(value));
        queue.Clear();
        Assert.False(queue.TryPop(value));
    }

    [Fact]
    public void A_bloom_filter_never_denies_what_was_added()
    {
        using var map = Make(BpfMapType.BloomFilter, 0, 8, 1000);
        for (ulong i = 0; i < 100; i++)
        {
            map.AddToFilter(Bytes(i * 7919));
        }

        Assert.All(Enumerable.Range(0, 100), i => Assert.True(map.MayContain(Bytes((ulong)i * 7919))));
        var wrong = Enumerable.Range(0, 1000).Count(i => map.MayContain(Bytes(((ulong)i * 7919) + 1)));
        Assert.InRange(wrong, 0, 100);
    }

    [Theory]
    [InlineData(BpfMapType.ArrayOfMaps)]
    [InlineData(BpfMapType.HashOfMaps)]
    public void A_map_of_maps_takes_descriptors_and_gives_ids(BpfMapType type)
    {
        using var inner = Make(BpfMapType.Hash, 4, 4, 8, name: "inner");
        using var outer = BpfMap.Create(new() { Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 4, Inner = inner, Name = "outer" });
        outer[1] = inner;

        Assert.Equal(inner.Id, outer[1]);
        using var opened = BpfMap.OpenById((int)outer[1]!);
        opened.Set(Bytes(1), Bytes(2));
        Assert.Equal(2, As<int>(inner.Get(Bytes(1))));
        Assert.True(outer.Remove(1));
        Assert.Throws<KeyNotFoundException>(() => outer[1]);
        Assert.Contains("from a BpfMap", Assert.Throws<ArgumentException>(() => outer[1] = 5).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_opens_by_id_and_from_a_pin()
    {
        Require.File("/sys/fs/bpf");
        using var map = Make(BpfMapType.Hash, 4, 4, 8, name: "pinned");
        map.Set(Bytes(1), Bytes(2));
        var path = $"/sys/fs/bpf/bpfi-test-{Environment.ProcessId}";
        map.Pin(path);
        try
        {
            using var again = BpfMap.OpenPinned(path);
            Assert.Equal(("pinned", BpfMapType.Hash, map.Id), (again.Name, again.Type, again.Id));
            Assert.Equal(2, As<int>(again.Get(Bytes(1))));
            using var readOnly = BpfMap.OpenPinned(path, BpfMapFlags.ReadOnly);
            var error = Assert.Throws<BpfException>(() => readOnly.Set(Bytes(1), Bytes(3)));
            Assert.Contains("EPERM", error.Message, StringComparison.Ordinal);
            Assert.Contains("exists already", Assert.Throws<BpfException>(() => map.Pin(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Assert.True(BpfMap.Unpin(path));
        }

        Assert.False(BpfMap.Unpin(path));
        Assert.Contains("no such file", Assert.Throws<BpfException>(() => BpfMap.OpenPinned(path)).Message, StringComparison.Ordinal);
        Assert.Contains("/sys/fs/bpf", Assert.Throws<BpfException>(() => map.Pin("/tmp/bpfi-no-pin")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frozen_map_says_so()
    {
        using var map = Make(BpfMapType.Array, 4, 4, 1);
        Assert.False(map.IsFrozen);
        map.Freeze();

        Assert.True(map.IsFrozen);
        var error = Assert.Throws<BpfException>(() => map.Set(Bytes(0), Bytes(1)));
        Assert.Contains("cannot set a value of map 'raw': it is frozen", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, As<int>(map.Get(Bytes(0))));
    }

    [Fact]
    public void A_disposed_map_says_so()
    {
        var map = Make(BpfMapType.Hash, 4, 4, 1);
        map.Dispose();
        map.Dispose();
        Assert.Throws<ObjectDisposedException>(() => map.Get(Bytes(1)));
    }

    [Fact]
    public async Task Nothing_is_left_behind()
    {
        await Leaks.AssertNoneAsync(() =>
        {
            using var map = Make(BpfMapType.Array, 4, 8, 100, BpfMapFlags.Mmapable);
            using var again = BpfMap.OpenById(map.Id);
            _ = again.ToColumns();
            Assert.ThrowsAny<Exception>(() => Make(BpfMapType.Array, 8, 8, 1));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void Threads_share_a_map()
    {
        using var map = Make(BpfMapType.Hash, 4, 8, 4096);
        Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < 1000; i++)
            {
                map.Set(Bytes((uint)((thread * 1000) + i)), Bytes((ulong)i));
            }
        });
        Assert.Equal(4000, map.CountEntries());
    }
}
