namespace BpfInteractive.Tests.Maps;

/// <summary>Programs whose maps the tests of this room read.</summary>
internal static class MapObjects
{
    /// <summary>A map of every kind that a program fills; <c>fill</c> does it, on the CPU it runs on.</summary>
    internal const string Kinds = """
        enum kind { KIND_A = 1, KIND_B = 2 };
        struct key { __u32 pid; char comm[16]; };
        struct value {
            __u64 count; enum kind kind; __u8 low : 3, high : 5; __s16 delta;
            struct { __u32 x; __u32 y; } at; union { __u32 whole; __u16 half[2]; }; struct { __u16 inner; };
            __u32 list[3]; unsigned char raw[4]; void *pointer; _Bool flag;
        };
        struct locked { struct bpf_spin_lock lock; __u32 a; __u64 b; };
        #define MAP(name, kind, entries, k, v) struct { __uint(type, BPF_MAP_TYPE_##kind); __uint(max_entries, entries); __type(key, k); __type(value, v); } name SEC(".maps")
        MAP(hash, HASH, 16, struct key, struct value);
        MAP(array, ARRAY, 4, __u32, __u64);
        MAP(lru, LRU_HASH, 16, __u32, __u64);
        MAP(cpu_hash, PERCPU_HASH, 16, __u32, struct value);
        MAP(cpu_lru, LRU_PERCPU_HASH, 16, __u32, __u64);
        MAP(cpu_array, PERCPU_ARRAY, 4, __u32, __u64);
        MAP(locks, HASH, 4, __u32, struct locked);
        struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1000); __uint(map_flags, 1024); __type(key, __u32); __type(value, __u32); } mapped SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 8); __type(value, __u32); } queue SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_STACK); __uint(max_entries, 8); __type(value, __u32); } stack SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 100); __type(value, __u32); } bloom SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, 1); __type(key, int); __type(value, __u64); } tasks SEC(".maps");
        struct prefix { __u32 length; unsigned char data[4]; };
        struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(map_flags, 1); __uint(max_entries, 8); __type(key, struct prefix); __type(value, __u32); } trie SEC(".maps");
        struct inner { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } inner_a SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct inner); } outer SEC(".maps") = { .values = { &inner_a } };
        struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); } jumps SEC(".maps");
        SEC("raw_tp/sys_enter") int fill(struct bpf_raw_tracepoint_args *ctx) {
            __u32 n = ctx->args[0], zero = 0; __u64 wide = n;
            struct key key = { .pid = n, .comm = "bash" };
            struct value value = { .count = n, .kind = KIND_B, .low = 5, .high = 17, .delta = -2, .at = { 1, 2 }, .whole = 0x00020001, .inner = 9,
                .list = { 7, 8, 9 }, .raw = { 0xde, 0xad, 0xbe, 0xef }, .pointer = (void *)0xffff888000000000, .flag = 1 };
            bpf_map_update_elem(&hash, &key, &value, 0);
            bpf_map_update_elem(&cpu_hash, &n, &value, 0);
            bpf_map_update_elem(&lru, &n, &wide, 0);
            bpf_map_update_elem(&cpu_lru, &n, &wide, 0);
            bpf_map_update_elem(&array, &zero, &wide, 0);
            __u64 *slot = bpf_map_lookup_elem(&cpu_array, &zero);
            if (slot) *slot += wide;
            __u32 *m = bpf_map_lookup_elem(&mapped, &zero);
            if (m) *m = n;
            bpf_map_push_elem(&queue, &n, 0);
            bpf_map_push_elem(&stack, &n, 0);
            bpf_map_push_elem(&bloom, &n, 0);
            return 0;
        }
        SEC("raw_tp/sys_enter") int jumped(void *ctx) { return 77; }
        SEC("raw_tp/sys_enter") int jump(void *ctx) { bpf_tail_call(ctx, &jumps, 1); return 1; }
        SEC("raw_tp/sys_enter") int stored(void *ctx) {
            __u64 *v = bpf_task_storage_get(&tasks, (void *)bpf_get_current_task_btf(), 0, 1);
            if (v) *v += 1;
            return 0;
        }
        """;

    internal static BpfObject Load(bool stored = false)
    {
        using var open = Objects.TestObjects.Open(Kinds, "kinds");
        open.Programs["stored"].Autoload = stored;
        return open.Load();
    }

    internal static void Fill(BpfObject obj, uint n, int? cpu = null) =>
        obj.Programs["fill"].Run(new ProgramInput { Context = RawMaps.Bytes((ulong)n, 0ul), Cpu = cpu });
}
