using System.Runtime.InteropServices;

namespace BpfInteractive.Tests.Objects;

public sealed class RunTests
{
    [Fact]
    public async Task A_syscall_program_runs_with_its_argument()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        await using var obj = open.Load();
        var argument = new Argument { A = 30, B = 5 };
        Assert.Equal(3u, obj.Programs["add"].Run(ref argument));
        Assert.Equal(42ul, argument.Sum);
    }

    [Fact]
    public async Task A_raw_tracepoint_runs_with_arguments_and_counts()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        open.Globals["target_pid"].Value = 9;
        await using var obj = open.Load();
        var output = obj.Programs["on_switch"].Run(new ProgramInput { Context = new byte[24] });
        Assert.Equal(9u, output.ReturnValue);
        Assert.Equal(1ul, obj.Globals["samples"].Value);
        Assert.Equal(1ul, obj.Globals["samples"].Get<ulong>());
    }

    [Fact]
    public async Task A_packet_program_gives_its_packet_back()
    {
        using var open = TestObjects.Open(
            """
            SEC("xdp") int p(struct xdp_md *ctx) { unsigned char *d = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end;
              if (d + 14 > e) return XDP_DROP; d[0] = 0xaa; return bpf_xdp_adjust_head(ctx, -4) ? XDP_ABORTED : XDP_TX; }
            """);
        await using var obj = open.Load();
        var output = obj.Programs["p"].Run(new ProgramInput { Data = new byte[60], Repeat = 1 });
        Assert.Equal(3u, output.ReturnValue);
        Assert.Equal(64, output.Data.Length);
        Assert.Equal(0xaa, output.Data[4]);
    }

    [Fact]
    public async Task What_cannot_be_run_is_refused_with_the_reason()
    {
        using var open = TestObjects.Open("SEC(\"tracepoint/sched/sched_switch\") int p(void *ctx) { return 0; }");
        await using var obj = open.Load();
        var error = Assert.Throws<BpfException>(() => obj.Programs["p"].Run());
        Assert.Equal(("run", "program 'p'"), (error.Operation, error.Subject));
        Assert.Contains("programs of type Tracepoint cannot be run by hand", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Globals_are_shared_with_the_program()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        await using var obj = open.Load();
        obj.Globals["seed"].Value = 100;
        var argument = new Argument { A = 1 };
        obj.Programs["add"].Run(ref argument);
        Assert.Equal(101ul, argument.Sum);
        Assert.Equal("seed = 100", obj.Globals["seed"].ToString());
        obj.Globals["seed"].Set(7u);
        Assert.Equal(7u, obj.Globals["seed"].Value);
    }

    [Fact]
    public async Task Constants_can_be_read_and_not_written_after_load()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        open.Globals["target_pid"].Value = 5;
        await using var obj = open.Load();
        Assert.Equal(5u, obj.Globals["target_pid"].Value);
        Assert.Throws<InvalidOperationException>(() => obj.Globals["target_pid"].Value = 6);
        Assert.Throws<ArgumentException>(() => obj.Globals["seed"].Get<ulong>());
        Assert.Contains("did you mean 'seed'", Assert.Throws<ArgumentException>(() => obj.Globals["sead"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Globals_of_a_disposed_object_say_so()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        var obj = open.Load();
        var seed = obj.Globals["seed"];
        Assert.Equal(7u, seed.Value);
        await obj.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => seed.Value);
    }

    [Fact]
    public async Task The_kernel_tells_ids_sizes_and_runs()
    {
        Require.Root();
        using var open = TestObjects.Open(TestObjects.Sample);
        await using var obj = open.Load();
        using var statistics = BpfStatistics.Enable();
        var program = obj.Programs["on_switch"];
        var before = program.ReadInfo();
        for (var i = 0; i < 10; i++)
        {
            program.Run(new ProgramInput { Context = new byte[24] });
        }

        var after = program.ReadInfo();
        Assert.Equal(program.Id, after.Id);
        Assert.True(after.JitedSizeBytes > 0 && after.InstructionCount > 0 && after.Tag.Length == 16);
        Assert.Equal(after.InstructionCount * 8, program.ReadInstructions().Length);
        Assert.Equal(0x95, program.ReadInstructions()[^8]);
        Assert.True(after.RunCount >= before.RunCount);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Argument
    {
        internal ulong A;
        internal ulong B;
        internal ulong Sum;
    }
}
