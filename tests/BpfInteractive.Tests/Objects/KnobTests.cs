namespace BpfInteractive.Tests.Objects;

public sealed class KnobTests
{
    private const string Globals = """
        enum mode { MODE_OFF, MODE_ON = 5 };
        struct pair { __u32 a; __u16 b; };
        const volatile __u32 target_pid = 0;
        const volatile __s16 level = -3;
        const volatile _Bool verbose = 0;
        const volatile enum mode mode = MODE_OFF;
        const volatile char comm[8] = "abc";
        const volatile __u32 list[3] = {};
        const volatile struct pair pair = {};
        __u64 samples = 0;
        __u32 seed = 7;
        static volatile __u8 hidden = 9;
        SEC("syscall") int p(void *ctx) { samples += target_pid + level + verbose + mode + comm[0] + list[1] + pair.b + seed + hidden; return 0; }
        """;

    [Fact]
    public void Globals_have_the_names_types_and_values_of_the_source()
    {
        using var open = TestObjects.Open(Globals);
        Assert.Equal("__u32", Unqualified(open.Globals["target_pid"].Type));
        Assert.Equal((short)-3, open.Globals["level"].Value);
        Assert.Equal("abc", open.Globals["comm"].Value);
        Assert.Equal("MODE_OFF", open.Globals["mode"].Value);
        Assert.Equal(7u, open.Globals["seed"].Value);
        Assert.Equal((byte)9, open.Globals["hidden"].Value);
        Assert.True(open.Globals["target_pid"].IsReadOnly);
        Assert.False(open.Globals["seed"].IsReadOnly);
        Assert.Equal(".bss", open.Globals["samples"].Section);
    }

    [Fact]
    public void Globals_take_values_of_their_types()
    {
        using var open = TestObjects.Open(Globals);
        Set(open, "target_pid", uint.MaxValue, uint.MaxValue);
        Set(open, "target_pid", 12, 12u);
        Set(open, "level", -32768, short.MinValue);
        Set(open, "verbose", true, true);
        Set(open, "mode", "MODE_ON", "MODE_ON");
        Set(open, "mode", 0, "MODE_OFF");
        Set(open, "comm", "bash", "bash");
        Set(open, "list", new[] { 1, 2 }, new[] { 1u, 2u, 0u });
        open.Globals["pair"].Set((A: 7u, B: (ushort)8, (ushort)0));
        Assert.Equal("pair = {a: 7, b: 8}", open.Globals["pair"].ToString());
    }

    [Theory]
    [InlineData("target_pid", -1, "-1 does not fit global 'target_pid'")]
    [InlineData("target_pid", 4294967296L, "it takes 0 to 4294967295")]
    [InlineData("level", 40000, "it takes -32768 to 32767")]
    [InlineData("comm", "too long a name", "it takes 8")]
    [InlineData("mode", "MODE_ONN", "did you mean 'MODE_ON'?")]
    [InlineData("target_pid", "text", "a String does not fit")]
    [InlineData("target_pid", 1.5, "a Double does not fit")]
    [InlineData("list", new[] { 1, 2, 3, 4 }, "4 elements do not fit")]
    [InlineData("list", new[] { 1, -2 }, "-2 does not fit global 'list'[1]")]
    [InlineData("pair", 5, "a Int32 does not fit")]
    public void A_value_that_does_not_fit_is_refused(string name, object value, string words)
    {
        using var open = TestObjects.Open(Globals);
        var error = Assert.Throws<ArgumentException>(() => open.Globals[name].Value = value);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Map_sizes_and_types_can_be_set()
    {
        using var open = TestObjects.Open(
            """
            struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(key_size, 4); } stacks SEC(".maps");
            struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
            SEC("syscall") int p(void *ctx) { return 0; }
            """);
        open.Maps["stacks"].ValueSize = 127 * 8;
        open.Maps["stacks"].MaxEntries = 100;
        open.Maps["counts"].MaxEntries = 50;
        open.Maps["counts"].Type = BpfMapType.LruHash;
        await using var obj = open.Load();
        Assert.Equal((1016, 100u), (obj.Maps["stacks"].ValueSize, obj.Maps["stacks"].MaxEntries));
        Assert.Equal((BpfMapType.LruHash, 50u), (obj.Maps["counts"].Type, obj.Maps["counts"].MaxEntries));
    }

    [Fact]
    public async Task A_map_of_another_object_is_reused()
    {
        using var first = TestObjects.Open(TestObjects.Sample, "first");
        await using var owner = first.Load();
        using var second = TestObjects.Open(TestObjects.Sample, "second");
        second.Maps["counts"].Reuse(owner.Maps["counts"]);
        await using var user = second.Load();
        Assert.Equal(IdOf(owner.Maps["counts"]), IdOf(user.Maps["counts"]));
        Assert.NotEqual(IdOf(owner.Maps["events"]), IdOf(user.Maps["events"]));
    }

    [Fact]
    public async Task A_section_that_libbpf_does_not_know_loads_with_a_type()
    {
        const string Source = "SEC(\"my_probe\") int p(void *ctx) { return 0; }";
        using (var open = TestObjects.Open(Source))
        {
            var error = Assert.Throws<LoadException>(open.Load);
            Assert.Contains("libbpf knows no section 'my_probe'", error.Message, StringComparison.Ordinal);
        }

        using var typed = TestObjects.Open(Source);
        typed.Programs["p"].Type = BpfProgramType.Syscall;
        typed.Programs["p"].Flags = 1 << 4;
        await using var obj = typed.Load();
        Assert.True(obj.Programs["p"].IsLoaded);
    }

    [Fact]
    public async Task An_attach_target_is_set_before_load()
    {
        using var open = TestObjects.Open("SEC(\"tp_btf\") int p(void *ctx) { return 0; }");
        var error = Assert.Throws<LoadException>(() => open.Programs["p"].SetAttachTarget("sched_switchh"));
        Assert.Equal(("set the attach target of", "program 'p'"), (error.Operation, error.Subject));
        Assert.Contains("this kernel has no 'sched_switchh'", error.Message, StringComparison.Ordinal);
        open.Programs["p"].SetAttachTarget("sched_switch");
        await using var obj = open.Load();
        Assert.True(obj.Programs["p"].IsLoaded);
    }

    [Fact]
    public async Task A_missing_attach_target_is_named()
    {
        using var open = TestObjects.Open("SEC(\"tp_btf/no_such_tracepoint\") int p(void *ctx) { return 0; }");
        var error = await Assert.ThrowsAsync<LoadException>(() => open.LoadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("p", error.Program);
        Assert.Contains("this kernel has no function or tracepoint 'no_such_tracepoint' to attach to", error.Message, StringComparison.Ordinal);
    }

    private static void Set(OpenBpfObject open, string name, object value, object read)
    {
        open.Globals[name].Value = value;
        Assert.Equal(read, open.Globals[name].Value);
    }

    private static string IdOf(BpfMap map) => File.ReadLines($"/proc/self/fdinfo/{map.Fd}").Single(line => line.StartsWith("map_id", StringComparison.Ordinal));

    private static string Unqualified(BtfType type)
    {
        while (type.Kind is BtfKind.Const or BtfKind.Volatile)
        {
            type = type.Target;
        }

        return type.Name;
    }
}
