using static BpfInteractive.Tests.Maps.RawMaps;

namespace BpfInteractive.Tests.Maps;

/// <summary>Values by BTF: what programs wrote, and what programs would read.</summary>
public sealed class MapValuesTests : IDisposable
{
    private const string Text = """{count: 12, kind: KIND_B, low: 5, high: 17, delta: -2, at: {x: 1, y: 2}, whole: 131073, half: [1, 2], inner: 9, list: [7, 8, 9], raw: 0xDEADBEEF, pointer: 0xffff888000000000, flag: true}""";

    private readonly BpfObject _object;

    public MapValuesTests()
    {
        Require.Root();
        _object = MapObjects.Load();
    }

    public void Dispose() => _object.Dispose();

    [Fact]
    public void A_struct_reads_as_a_record_of_all_its_members()
    {
        MapObjects.Fill(_object, 12);
        var value = Assert.IsType<BtfRecord>(_object.Maps["hash"][new { pid = 12, comm = "bash" }]);

        Assert.Equal(Text, value.ToString());
        Assert.Equal(12, value.Get<int>("count"));
        Assert.Equal(2u, ((BtfRecord)value["at"]!)["y"]);
        Assert.Contains("has no member 'cuont'", Assert.Throws<KeyNotFoundException>(() => value["cuont"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_read_writes_the_same_bytes()
    {
        MapObjects.Fill(_object, 12);
        var map = _object.Maps["hash"];
        var key = map.Keys().Single();
        var before = map.Get(key);
        map[new { pid = 13, comm = "bash" }] = map[new { pid = 12, comm = "bash" }];

        var other = map.Keys().Single(candidate => !candidate.AsSpan().SequenceEqual(key));
        Assert.Equal(before, map.Get(other));
        Assert.Equal(Text, BtfValue.Format(map.ValueType!.Value, before));
        Assert.Equal("""{pid: 13, comm: "bash"}""", BtfValue.Format(map.KeyType!.Value, other));
    }

    [Fact]
    public void Keys_may_be_tuples_dictionaries_and_records()
    {
        MapObjects.Fill(_object, 12);
        var map = _object.Maps["hash"];
        Assert.True(map.ContainsKey((12, "bash")));
        Assert.True(map.ContainsKey(new Dictionary<string, object?> { ["pid"] = 12u, ["comm"] = "bash" }));
        Assert.True(map.ContainsKey(map.Entries().Single().Key));
        Assert.False(map.ContainsKey((13, "bash")));
        Assert.Equal("""map 'hash' has no key {pid: 13, comm: "zsh"}""", Assert.Throws<KeyNotFoundException>(() => map[(13, "zsh")]).Message);
        Assert.True(map.Remove((12, "bash")));
    }

    public static TheoryData<object, string> BadKeys => new()
    {
        { new { pid = 12 }, "a key of map 'hash' of type struct key lacks its member comm" },
        { new { pid = 12, comm = "bash", tgid = 1 }, "has no member 'tgid'" },
        { new { pid = -1, comm = "bash" }, "-1 does not fit member 'pid' of a key of map 'hash'" },
        { new { pid = 1L << 32, comm = "bash" }, "it takes 0 to 4294967295" },
        { new { pid = "x", comm = "bash" }, "it takes an integer" },
        { new { pid = 1, comm = "seventeen letters" }, "it takes 16" },
        { 12, "it takes the members pid, comm" },
    };

    [Theory]
    [MemberData(nameof(BadKeys))]
    public void A_key_that_does_not_fit_names_the_member(object key, string words) =>
        Assert.Contains(words, Assert.Throws<ArgumentException>(() => _object.Maps["hash"].ContainsKey(key)).Message, StringComparison.Ordinal);

    [Fact]
    public void Per_cpu_values_are_arrays()
    {
        var map = _object.Maps["cpu_array"];
        MapObjects.Fill(_object, 5, cpu: 0);
        var values = Assert.IsType<object?[]>(map[0]);
        Assert.Equal(PossibleCpus.Count, values.Length);
        Assert.Equal(5ul, values.Sum(value => (decimal)(ulong)value!));
        map[1] = Enumerable.Range(1, PossibleCpus.Count).ToArray();
        Assert.Equal(Enumerable.Range(1, PossibleCpus.Count).Select(i => (object?)(ulong)i), (object?[])map[1]!);
        Assert.Contains("possible CPU", Assert.Throws<ArgumentException>(() => map[1] = 5).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Queues_stacks_and_filters_hold_what_programs_pushed()
    {
        MapObjects.Fill(_object, 1);
        MapObjects.Fill(_object, 2);
        Assert.True(_object.Maps["queue"].TryPop(out var oldest));
        Assert.True(_object.Maps["stack"].TryPop(out var youngest));
        Assert.Equal((1u, 2u), ((uint)oldest!, (uint)youngest!));
        Assert.True(_object.Maps["bloom"].MayContain(Bytes(2u)));
        _object.Maps["queue"].Push(9);
        Assert.Equal([2u, 9u], _object.Maps["queue"].AsQueue<uint>().Drain());
    }

    [Fact]
    public void A_program_array_takes_programs_and_jumps()
    {
        Assert.Equal(1u, _object.Programs["jump"].Run(new() { Context = new byte[16] }).ReturnValue);
        _object.Maps["jumps"][1] = _object.Programs["jumped"];
        Assert.Equal(77u, _object.Programs["jump"].Run(new() { Context = new byte[16] }).ReturnValue);
        Assert.IsType<int>(_object.Maps["jumps"][1]);
    }

    [Fact]
    public void A_spin_lock_is_taken_and_left_out()
    {
        var map = _object.Maps["locks"];
        Assert.True(map.HasSpinLock);
        map[1] = new { a = 5, b = 6 };
        Assert.Equal("{a: 5, b: 6}", map[1]!.ToString());
        Assert.Equal(["key", "a", "b"], map.ToColumns().Select(column => column.Name));
    }

    [Fact]
    public async Task Task_storage_is_read_by_pid()
    {
        await using var obj = MapObjects.Load(stored: true);
        var map = obj.Maps["tasks"];
        obj.Programs["stored"].Attach();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True(map.ToColumns().RowCount > 0);
        map[Environment.ProcessId] = 1ul << 40;
        Assert.True((ulong)map[Environment.ProcessId]! >= 1ul << 40);
        Assert.True(map.As<int, ulong>().TryGetValue(Environment.ProcessId, out var value) && value >= 1ul << 40);
        Assert.True(map.AsStorage<ulong>()[Environment.ProcessId] >= 1ul << 40);
        var rows = map.ToColumns();
        Assert.Contains(Environment.ProcessId, rows.Values<int>("tid").ToArray());
        var dead = Assert.Throws<BpfException>(() => map[4_000_000]);
        Assert.Contains("there is no such process or thread", dead.Message, StringComparison.Ordinal);
        Assert.Contains("a process or thread id", Assert.Throws<ArgumentException>(() => map["self"]).Message, StringComparison.Ordinal);
    }
}
