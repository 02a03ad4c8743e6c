namespace BpfInteractive.Tests.Objects;

public sealed class CheckerTests
{
    [Fact]
    public async Task Each_program_is_checked_on_its_own()
    {
        var elf = TestObjects.Compile(
            """
            struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(key_size, 4); } stacks SEC(".maps");
            struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
            SEC("raw_tp/sched_switch") int good(void *ctx) { return 0; }
            SEC("raw_tp/sched_switch") int bad(__u64 *ctx) {
              return *(__u64 *)ctx[2]; }
            SEC("?syscall") int off(void *ctx) { return 0; }
            SEC("nonsense") int unknown(void *ctx) { return 0; }
            """);
        var checks = await ProgramChecker.CheckAsync(elf, "mixed", TestContext.Current.CancellationToken);

        Assert.Equal(["good", "bad", "off", "unknown"], checks.Select(check => check.Name));
        Assert.Equal([true, false, true, false], checks.Select(check => check.Loaded));
        Assert.Contains("invalid mem access 'scalar'", checks[1].Error, StringComparison.Ordinal);
        Assert.Equal("return *(__u64 *)ctx[2]; }", checks[1].Location!.Text.Trim());
        Assert.NotNull(checks[1].Log);
        Assert.Contains("no section 'nonsense'", checks[3].Error, StringComparison.Ordinal);
        Assert.Contains("map 'counts' has no max_entries: checked with 1024", checks[0].Notes);
    }

    [Fact]
    public async Task A_kind_that_this_kernel_refuses_is_named()
    {
        var elf = TestObjects.Compile("SEC(\"fentry/do_unlinkat\") int p(void *ctx) { return 0; }");
        var check = Assert.Single(await ProgramChecker.CheckAsync(elf, "refused", TestContext.Current.CancellationToken));
        if (!check.Loaded)
        {
            Assert.Contains("fentry", check.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("ulimit", check.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_text_is_compiled_configured_and_loaded_by_one_call()
    {
        await using var obj = await Bpf.LoadAsync(
            "const volatile u32 answer = 0; SEC(\"syscall\") int p(void *ctx) { return answer; }",
            open => open.Globals["answer"].Value = 42,
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(42u, obj.Programs["p"].Run().ReturnValue);
    }
}
