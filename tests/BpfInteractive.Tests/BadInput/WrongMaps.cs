using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.BadInput;

/// <summary>Maps whose type and sizes the kernel does not take, or whose definition libbpf does not.</summary>
internal static class WrongMaps
{
    internal static IEnumerable<BadInputCase> Cases() => [.. Created(), .. Defined(), .. Missing()];

    private static IEnumerable<BadInputCase> Created()
    {
        foreach (var type in new[] { "HASH", "ARRAY", "PERCPU_HASH", "PERCPU_ARRAY", "LRU_HASH", "LRU_PERCPU_HASH", "QUEUE", "STACK", "STACK_TRACE" })
        {
            yield return Create($"{type} without entries", $"__uint(type, BPF_MAP_TYPE_{type}); {Key(type)} {Value(type)}", "has no max_entries", "set MaxEntries before load");
        }

        foreach (var type in new[] { "HASH", "ARRAY", "PERCPU_HASH", "LRU_HASH", "QUEUE", "STACK", "STACK_TRACE" })
        {
            yield return Create($"{type} without values", $"__uint(type, BPF_MAP_TYPE_{type}); __uint(max_entries, 8); {Key(type)}", "has no value_size", "set ValueSize before load");
        }

        foreach (var type in new[] { "HASH", "PERCPU_HASH", "LRU_HASH" })
        {
            yield return Create($"{type} without keys", $"__uint(type, BPF_MAP_TYPE_{type}); __uint(max_entries, 8); __type(value, __u64);", "has no key_size", "set KeySize before load");
        }

        foreach (var type in new[] { "ARRAY", "PERCPU_ARRAY", "STACK_TRACE" })
        {
            yield return Create($"{type} with long keys", $"__uint(type, BPF_MAP_TYPE_{type}); __uint(max_entries, 8); __uint(key_size, 8); __uint(value_size, 8);", "its key is an index of 4 bytes");
        }

        yield return Create("ring buffer without a size", "__uint(type, BPF_MAP_TYPE_RINGBUF);", "a ring buffer's max_entries is its size in bytes", "here it is 0");
        yield return Create("ring buffer with keys", "__uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); __type(key, __u32);", "has neither keys nor values");
        yield return Create("ring buffer with values", "__uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); __type(value, __u32);", "has neither keys nor values");
        yield return Create("LPM trie without its flag", "__uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 8); __uint(key_size, 8); __uint(value_size, 8);", "BPF_F_NO_PREALLOC");
        yield return Create("task storage without its flag", "__uint(type, BPF_MAP_TYPE_TASK_STORAGE); __type(key, int); __type(value, __u64);", "BPF_F_NO_PREALLOC");
        yield return Create("struct_ops among the maps", "__uint(type, BPF_MAP_TYPE_STRUCT_OPS); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64);", "no variable in SEC(\".struct_ops\")", "struct tcp_congestion_ops");
        yield return Create("a type nobody knows", "__uint(type, 999); __uint(max_entries, 8); __type(key, __u32); __type(value, __u64);", "the kernel refuses the map");
    }

    private static IEnumerable<BadInputCase> Defined() =>
    [
        Open("no type", "__uint(max_entries, 8);", "map type isn't specified", "its definition has no type"),
        Open("an unknown field", "__uint(type, BPF_MAP_TYPE_HASH); __uint(colour, 8);", "field 'colour'"),
        Open("two key sizes", "__uint(type, BPF_MAP_TYPE_HASH); __uint(key_size, 8); __type(key, __u32);", "key size is given twice"),
        Open("two value sizes", "__uint(type, BPF_MAP_TYPE_HASH); __uint(value_size, 4); __type(value, __u64);", "value size is given twice"),
        new(
            "map: static",
            () => TestObjects.Open("static struct { __uint(type, BPF_MAP_TYPE_HASH); } m SEC(\".maps\"); SEC(\"syscall\") int p(void *c) { return bpf_map_delete_elem(&m, c); }").Dispose(),
            typeof(LoadException),
            "open",
            "object 'test'",
            "declared static"),
        new(
            "map: the old way",
            () => TestObjects.Open("struct { int type; } m SEC(\"maps\") = { 1 }; SEC(\"syscall\") int p(void *c) { return 0; }").Dispose(),
            typeof(LoadException),
            "open",
            "object 'test'",
            "which libbpf 1.0 dropped"),
    ];

    private static IEnumerable<BadInputCase> Missing() =>
    [
        Reuse("an id that nobody has", map => map.Reuse(uint.MaxValue - 1), "open", "map id 4294967294"),
        Reuse("a pin that is not there", map => map.Reuse("/sys/fs/bpf/no-such-pin"), "open", "pinned map '/sys/fs/bpf/no-such-pin'"),
        Reuse("a file that is no pin", map => map.Reuse("/etc/passwd"), "open", "pinned map '/etc/passwd'"),
        new("map: made struct_ops before load", () => LoadAs(BpfMapType.StructOps), typeof(LoadException), "create", "map 'm'", "no variable in SEC(\".struct_ops\")"),
        new("map: negative value size", () => With(map => map.ValueSize = -1), typeof(ArgumentOutOfRangeException), "", "", "value"),
        new("map: negative key size", () => With(map => map.KeySize = -1), typeof(ArgumentOutOfRangeException), "", "", "value"),
    ];

    private static string Key(string type) => type is "QUEUE" or "STACK" ? "" : "__type(key, __u32);";

    private static string Value(string type) => type == "STACK_TRACE" ? "__uint(value_size, 1016);" : "__type(value, __u64);";

    private static BadInputCase Create(string name, string definition, params string[] words) =>
        new($"map: {name}", () => LoadMap(definition), typeof(LoadException), "create", "map 'm'", words);

    private static BadInputCase Open(string name, string definition, params string[] words) =>
        new($"map: {name}", () => TestObjects.Open(Source(definition)).Dispose(), typeof(LoadException), "open", "object 'test'", words[^1]);

    private static BadInputCase Reuse(string name, Action<OpenBpfMap> reuse, string operation, string subject) =>
        new($"map: {name}", () => With(reuse), typeof(BpfException), operation, subject);

    private static void With(Action<OpenBpfMap> knob)
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        knob(open.Maps["counts"]);
    }

    private static void LoadAs(BpfMapType type)
    {
        using var open = TestObjects.Open(Source("__uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, __u64);"));
        open.Maps["m"].Type = type;
        open.Load().Dispose();
    }

    private static void LoadMap(string definition)
    {
        using var open = TestObjects.Open(Source(definition));
        open.Load().Dispose();
    }

    private static string Source(string definition) => $$"""struct { {{definition}} } m SEC(".maps"); SEC("syscall") int p(void *c) { return 0; }""";
}
