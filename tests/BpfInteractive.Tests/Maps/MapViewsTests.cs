using System.Runtime.InteropServices;

namespace BpfInteractive.Tests.Maps;

/// <summary>Maps seen through C# structs.</summary>
public sealed class MapViewsTests : IDisposable
{
    private readonly BpfObject _object;

    public MapViewsTests()
    {
        Require.Root();
        _object = MapObjects.Load();
    }

    public void Dispose() => _object.Dispose();

    [Fact]
    public void Entries_are_set_read_added_removed_and_listed()
    {
        var map = _object.Maps["lru"].As<uint, ulong>();
        map[1] = 10;
        map.Add(2, 20);
        Assert.Equal((10ul, 20ul), (map[1], map[2]));
        Assert.Equal([1u, 2u], map.Keys.Order());
        Assert.Equal(30, map.Sum(entry => (long)entry.Value));
        Assert.True(map.Remove(1));
        Assert.False(map.TryGetValue(1, out _));
        Assert.Equal("map 'lru' has no key 1", Assert.Throws<KeyNotFoundException>(() => map[1]).Message);
        Assert.Throws<BpfException>(() => map.Add(2, 21));
    }

    [Fact]
    public void A_struct_laid_out_as_in_c_is_taken()
    {
        MapObjects.Fill(_object, 12);
        var map = _object.Maps["hash"].As<Key, Value>();
        var (key, value) = map.Single();
        Assert.Equal(12u, key.Pid);
        Assert.Equal((12ul, Kind.B, (short)-2, 2u, 9, true), (value.Count, value.Kind, value.Delta, value.At.Y, value.Inner, value.Flag));
    }

    [Fact]
    public void Each_difference_is_listed()
    {
        var error = Assert.Throws<BtfLayoutException>(() => _object.Maps["hash"].As<WrongKey, Value>());
        Assert.Equal(typeof(WrongKey), error.ManagedType);
        Assert.Contains("pid is at byte 8 here and at 0 in C", error.Differences);
        Assert.Contains("pid has 8 bytes here and 4 in C ('__u32')", error.Differences);
        Assert.Contains(error.Differences, difference => difference.StartsWith("comm ('char[16]' at byte 4) is missing", StringComparison.Ordinal));
        Assert.Contains(error.Differences, difference => difference.StartsWith("Other (at byte 0) is no member", StringComparison.Ordinal));
        Assert.Contains("the keys of map 'hash'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_view_of_the_wrong_kind_names_the_right_one()
    {
        Assert.Contains("use AsPerCpu", Assert.Throws<BpfException>(() => _object.Maps["cpu_array"].As<uint, ulong>()).Message, StringComparison.Ordinal);
        Assert.Contains("use As", Assert.Throws<BpfException>(() => _object.Maps["lru"].AsPerCpu<uint, ulong>()).Message, StringComparison.Ordinal);
        Assert.Contains("use AsQueue", Assert.Throws<BpfException>(() => _object.Maps["queue"].As<uint, uint>()).Message, StringComparison.Ordinal);
        Assert.Throws<BtfLayoutException>(() => _object.Maps["lru"].As<uint, uint>());
        Assert.Throws<BtfLayoutException>(() => _object.Maps["lru"].As<uint, double>());
    }

    [Fact]
    public void Per_cpu_values_sum()
    {
        MapObjects.Fill(_object, 5, cpu: 0);
        MapObjects.Fill(_object, 6, cpu: 0);
        var map = _object.Maps["cpu_array"].AsPerCpu<uint, ulong>();
        Assert.Equal(11ul, map.Sum(0u));
        map[1] = [.. Enumerable.Repeat(ulong.MaxValue, PossibleCpus.Count)];
        Assert.Throws<OverflowException>(() => _ = PossibleCpus.Count > 1 ? map.Sum(1u) : throw new OverflowException());
    }

    private enum Kind
    {
        A = 1,
        B = 2,
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Key
    {
        public uint Pid;
        public fixed byte Comm[16];
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Point
    {
        public uint X;
        public uint Y;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Value
    {
        public ulong Count;
        public Kind Kind;
        public byte LowAndHigh;
        public short Delta;
        public Point At;
        public uint Whole;
        public ushort Inner;
        public fixed uint List[3];
        public fixed byte Raw[4];
        public nint Pointer;
        public bool Flag;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct WrongKey
    {
        public ulong Other;
        public ulong Pid;
        public uint Rest;
    }
}
