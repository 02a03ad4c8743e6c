using static BpfInteractive.Tests.Maps.RawMaps;

namespace BpfInteractive.Tests.Maps;

/// <summary>What is refused, and what the message says.</summary>
public sealed class MapErrorTests
{
    public MapErrorTests() => Require.Root();

    public static TheoryData<BpfMapType, string, string> Unsupported => new()
    {
        { BpfMapType.Queue, "get", "it is a queue, which can: push, pop, peek; it has no keys" },
        { BpfMapType.Stack, "delete", "it is a stack, which can: push, pop, peek" },
        { BpfMapType.Queue, "keys", "cannot list the keys of map 'raw'" },
        { BpfMapType.BloomFilter, "get", "it is a bloom filter, which can: add, test" },
        { BpfMapType.BloomFilter, "columns", "it is a bloom filter" },
        { BpfMapType.RingBuffer, "columns", "it is a ring buffer, which can: nothing from user space; read its records with BpfObject.RingBuffer" },
        { BpfMapType.RingBuffer, "get", "it is a ring buffer" },
        { BpfMapType.Array, "delete", "its entries always exist: set them to zero" },
        { BpfMapType.PerCpuArray, "take", "it is a per-CPU array, which can: get, set, enumerate" },
        { BpfMapType.StackTrace, "set", "only programs put stacks in (bpf_get_stackid)" },
        { BpfMapType.Hash, "push", "it is a hash, which can: get, set, delete, take, enumerate" },
        { BpfMapType.Queue, "columns", "the entries of a queue can only be taken out" },
        { BpfMapType.PerfEventArray, "get", "read its records as a perf buffer" },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void What_a_kind_of_map_cannot_do_is_said_with_what_it_can(BpfMapType type, string attempt, string words)
    {
        using var map = MakeAny(type);
        var error = Assert.Throws<BpfException>(() => Attempt(map, attempt));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal("map 'raw'", error.Subject);
    }

    [Fact]
    public void Wrong_sizes_are_told_with_the_right_ones()
    {
        using var map = Make(BpfMapType.Hash, 4, 8, 4);
        Assert.Contains("a key of map 'raw' has 4 bytes, not 8", Assert.Throws<ArgumentException>(() => map.Get(new byte[8])).Message, StringComparison.Ordinal);
        Assert.Contains("a value of map 'raw' has 8 bytes, not 4", Assert.Throws<ArgumentException>(() => map.Set(new byte[4], new byte[4])).Message, StringComparison.Ordinal);
        using var perCpu = Make(BpfMapType.PerCpuHash, 4, 8, 4);
        Assert.Contains($"{PossibleCpus.Count} CPUs", Assert.Throws<ArgumentException>(() => perCpu.Set(new byte[4], new byte[7])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_key_is_shown()
    {
        using var map = Make(BpfMapType.Hash, 4, 8, 4);
        Assert.Equal("map 'raw' has no key 77", Assert.Throws<KeyNotFoundException>(() => map.Get(Bytes(77))).Message);
        using var wide = Make(BpfMapType.Hash, 3, 8, 4);
        Assert.Equal("map 'raw' has no key 0x010203", Assert.Throws<KeyNotFoundException>(() => wide.Get([1, 2, 3])).Message);
    }

    [Fact]
    public void A_full_map_says_what_to_do()
    {
        using var map = Make(BpfMapType.Hash, 4, 4, 2);
        map.Set(Bytes(1), Bytes(1));
        map.Set(Bytes(2), Bytes(1));
        var error = Assert.Throws<BpfException>(() => map.Set(Bytes(3), Bytes(1)));
        Assert.Equal(7, error.Errno);
        Assert.Contains("all 2 entries are taken (E2BIG", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("delete some, or raise max_entries before load", error.Message, StringComparison.Ordinal);
        using var queue = Make(BpfMapType.Queue, 0, 4, 1);
        queue.Push(Bytes(1));
        Assert.Contains("all 1 entries are taken", Assert.Throws<BpfException>(() => queue.Push(Bytes(2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_and_replace_tell_why_not()
    {
        using var map = Make(BpfMapType.Hash, 4, 4, 2);
        Assert.Throws<KeyNotFoundException>(() => map.Set(Bytes(1), Bytes(1), BpfMapSetMode.Replace));
        map.Set(Bytes(1), Bytes(1), BpfMapSetMode.Add);
        Assert.Contains("the key 1 is there already", Assert.Throws<BpfException>(() => map.Set(Bytes(1), Bytes(2), BpfMapSetMode.Add)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefix_longer_than_the_key_is_named()
    {
        using var map = Make(BpfMapType.LpmTrie, 8, 4, 4);
        var error = Assert.Throws<BpfException>(() => map.Set(Bytes(40u, 0u), Bytes(1)));
        Assert.Contains("the prefix length 40 is not in 0 to 32", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<BpfMapType, int, int, uint, string> BadOptions => new()
    {
        { BpfMapType.Array, 8, 8, 1, "an array's key has 4 bytes" },
        { BpfMapType.Hash, 4, 8, 0, "it needs at least one entry" },
        { BpfMapType.Array, 4, 0, 1, "its value needs at least one byte" },
        { BpfMapType.RingBuffer, 0, 0, 1000, "a power of two" },
        { BpfMapType.Queue, 4, 4, 1, "it has no keys" },
        { BpfMapType.LpmTrie, 4, 4, 1, "a u32 prefix length" },
        { BpfMapType.HashOfMaps, 4, 4, 1, "takes an inner map" },
        { BpfMapType.TaskStorage, 4, 4, 0, "make it by an object" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void A_map_the_kernel_refuses_to_make_says_which_rule_is_broken(BpfMapType type, int keySize, int valueSize, uint entries, string words)
    {
        var error = Assert.Throws<BpfException>(() => Make(type, keySize, valueSize, entries));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal("make", error.Operation);
    }

    [Fact]
    public void A_name_the_kernel_would_not_take_is_refused_here() =>
        Assert.Throws<ArgumentException>(() => Make(BpfMapType.Hash, 4, 4, 1, name: "sixteen_letters_"));

    [Fact]
    public void An_id_that_is_nobodys_is_said() =>
        Assert.Contains("there is no map with this id", Assert.Throws<BpfException>(() => BpfMap.OpenById(int.MaxValue)).Message, StringComparison.Ordinal);

    private static BpfMap MakeAny(BpfMapType type) => type switch
    {
        BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter => Make(type, 0, 4, 4),
        BpfMapType.RingBuffer => Make(type, 0, 0, 4096),
        BpfMapType.StackTrace => Make(type, 4, 8 * 16, 4),
        BpfMapType.PerfEventArray => Make(type, 4, 4, 2),
        _ => Make(type, 4, 4, 4),
    };

    private static void Attempt(BpfMap map, string attempt)
    {
        switch (attempt)
        {
            case "get":
                map.TryGet(new byte[map.KeySize], new byte[map.ValueBufferSize]);
                break;
            case "set":
                map.Set(new byte[map.KeySize], new byte[map.ValueBufferSize]);
                break;
            case "delete":
                map.Delete(new byte[map.KeySize]);
                break;
            case "take":
                map.TryTake(new byte[map.KeySize], new byte[map.ValueBufferSize]);
                break;
            case "keys":
                _ = map.Keys();
                break;
            case "push":
                map.Push(new byte[map.ValueSize]);
                break;
            default:
                _ = map.ToColumns();
                break;
        }
    }
}
