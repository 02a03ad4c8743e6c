using static BpfInteractive.Tests.Maps.RawMaps;

namespace BpfInteractive.Tests.Maps;

/// <summary>All entries as columns.</summary>
public sealed class MapColumnsTests
{
    public MapColumnsTests() => Require.Root();

    [Fact]
    public async Task Keys_and_values_stand_side_by_side()
    {
        await using var obj = MapObjects.Load();
        MapObjects.Fill(obj, 3);
        MapObjects.Fill(obj, 4);
        var rows = obj.Maps["hash"].ToColumns();

        Assert.Equal(2, rows.RowCount);
        Assert.Equal(
            ["pid", "comm", "count", "kind", "low", "high", "delta", "at.x", "at.y", "whole", "half", "inner", "list", "raw", "pointer", "flag"],
            rows.Select(column => column.Name));
        Assert.Equal([3u, 4u], rows.Values<uint>("pid").ToArray().Order());
        Assert.All(rows.Text("kind").Codes.ToArray(), code => Assert.Equal("KIND_B", rows.Text("kind").Dictionary[code]));
        Assert.Equal([-2, -2], rows.Values<short>("delta").ToArray().Select(value => (int)value));
        Assert.True(rows.Losses.IsEmpty);
    }

    [Fact]
    public async Task Per_cpu_values_come_each_or_summed()
    {
        await using var obj = MapObjects.Load();
        MapObjects.Fill(obj, 5, cpu: 0);
        var map = obj.Maps["cpu_hash"];
        var each = map.ToColumns();
        Assert.Equal(PossibleCpus.Count, each.RowCount);
        Assert.Equal(Enumerable.Range(0, PossibleCpus.Count), each.Values<ushort>("cpu").ToArray().Select(cpu => (int)cpu));

        var all = new byte[map.ValueBufferSize];
        var one = map.Get(Bytes(5u)).AsSpan(0, map.CpuStride).ToArray();
        for (var cpu = 0; cpu < PossibleCpus.Count; cpu++)
        {
            one.CopyTo(all, cpu * map.CpuStride);
        }

        map.Set(Bytes(5u), all);
        var sum = map.ToColumns(new() { PerCpu = BpfPerCpuRows.Sum });
        var first = BitConverter.ToUInt64(one);
        Assert.Equal(1, sum.RowCount);
        Assert.Equal((ulong)PossibleCpus.Count * first, sum.Values<ulong>("count")[0]);
        Assert.Equal(first == 0 ? null : "KIND_B", first == 0 ? null : sum.Text("kind")[0]);
    }

    [Fact]
    public void A_sum_too_large_stays_at_the_limit_and_is_counted()
    {
        using var map = Make(BpfMapType.PerCpuArray, 4, 1, 1);
        var value = new byte[map.ValueBufferSize];
        value.AsSpan().Fill(200);
        map.Set(Bytes(0), value);
        var sum = map.ToColumns(new() { PerCpu = BpfPerCpuRows.Sum });
        Assert.Equal(PossibleCpus.Count > 1 ? 255 : 200, sum.Values<byte>("value")[0]);
        Assert.Equal(PossibleCpus.Count > 1, sum.Losses["sum-overflow"] > 0);
    }

    [Theory]
    [InlineData(BpfMapType.Hash, 50_000, BpfMapFlags.None)]
    [InlineData(BpfMapType.Array, 50_000, BpfMapFlags.None)]
    [InlineData(BpfMapType.Array, 50_000, BpfMapFlags.Mmapable)]
    [InlineData(BpfMapType.LpmTrie, 2_000, BpfMapFlags.None)]
    public void Every_entry_comes_once(BpfMapType type, int entries, BpfMapFlags flags)
    {
        var keySize = type == BpfMapType.LpmTrie ? 8 : 4;
        using var map = Make(type, keySize, 8, (uint)entries, flags);
        for (var i = 0; i < entries; i++)
        {
            map.Set(keySize == 8 ? Bytes(32u, (uint)i) : Bytes((uint)i), Bytes((ulong)i * 3));
        }

        var rows = map.ToColumns();
        Assert.Equal(entries, rows.RowCount);
        Assert.Equal(Enumerable.Range(0, entries).Select(i => (ulong)i * 3), rows.Values<ulong>("value").ToArray().Order());
        Assert.Equal(type is BpfMapType.Hash or BpfMapType.LpmTrie ? 1 : 0, rows.Losses["map-full"]);
    }

    [Fact]
    public async Task A_hash_that_changes_while_it_is_read_gives_what_stays_exactly_once()
    {
        using var map = Make(BpfMapType.Hash, 4, 4, 20_000);
        for (var i = 0; i < 5000; i++)
        {
            map.Set(Bytes(i), Bytes(i));
        }

        using var stop = new CancellationTokenSource();
        var churn = Task.Run(
            () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i = (i + 1) % 5000)
                {
                    map.Set(Bytes(10_000 + i), Bytes(i));
                    map.Delete(Bytes(10_000 + ((i + 2500) % 5000)));
                }
            },
            TestContext.Current.CancellationToken);
        for (var round = 0; round < 20; round++)
        {
            var keys = map.ToColumns().Values<uint>("key").ToArray();
            Assert.Equal(keys.Length, keys.Distinct().Count());
            Assert.Equal(5000, keys.Count(key => key < 5000));
        }

        await stop.CancelAsync();
        await churn;
    }

    [Theory]
    [InlineData(BpfMapType.Hash)]
    [InlineData(BpfMapType.LpmTrie)]
    [InlineData(BpfMapType.Queue)]
    public void Taking_empties_the_map(BpfMapType type)
    {
        using var map = Make(type, type switch { BpfMapType.Queue => 0, BpfMapType.LpmTrie => 8, _ => 4 }, 4, 100);
        for (var i = 0; i < 50; i++)
        {
            if (type == BpfMapType.Queue)
            {
                map.Push(Bytes(i));
            }
            else
            {
                map.Set(type == BpfMapType.Hash ? Bytes(i) : Bytes(32, i), Bytes(i));
            }
        }

        Assert.Equal(50, map.ToColumns(new() { Take = true }).RowCount);
        Assert.Equal(0, map.ToColumns(new() { Take = true }).RowCount);
    }

    [Fact]
    public void Tries_show_prefixes_and_maps_of_maps_ids()
    {
        using var trie = Make(BpfMapType.LpmTrie, 8, 4, 4);
        trie["10.0.0.0/8"] = 5;
        Assert.Equal("10.0.0.0/8", trie.ToColumns().Text("prefix")[0]);
        using var outer = BpfMap.Create(new() { Type = BpfMapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 2, Inner = trie });
        outer[0] = trie;
        Assert.Equal((uint)trie.Id, outer.ToColumns().Values<uint>("map_id")[0]);
    }

    [Fact]
    public async Task A_cancelled_scope_ends_the_reading()
    {
        using var map = Make(BpfMapType.Hash, 4, 4, 10);
        map.Set(Bytes(1), Bytes(1));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map.ToColumnsAsync(cancellationToken: cancelled.Token));
    }
}
