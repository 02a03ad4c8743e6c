using BpfInteractive.Cells;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace BpfInteractive.Scripting.Tests;

/// <summary>BPF cells on the real kernel, their classes compiled by Roslyn as a session does.</summary>
public sealed class BpfCellsTests : IAsyncLifetime
{
    private const string Source = """
        enum mode { QUIET, LOUD = 7 };
        struct inner { u8 a; u64 b; };
        struct event { u32 pid; char comm[16]; enum mode mode; struct inner inner; u32 low : 3, high : 5; int event; u16 list[3]; };
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, u32); __type(value, struct inner); } counts SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } calls SEC(".maps");
        BPFI_RING(events, 1 << 16);
        const volatile u32 target_pid;
        u64 seen;
        char label[8] = "first";
        SEC("tracepoint/syscalls/sys_enter_getpgid")
        int on_call(void *ctx)
        {
            if (target_pid && target_pid != bpf_get_current_pid_tgid() >> 32)
                return 0;
            __sync_fetch_and_add(&seen, 1);
            struct event *e = bpfi_ring_reserve(events, sizeof(*e));
            if (!e)
                return 0;
            __builtin_memset(e, 0, sizeof(*e));
            e->pid = bpf_get_current_pid_tgid() >> 32;
            bpf_get_current_comm(e->comm, sizeof(e->comm));
            e->mode = LOUD; e->inner.b = 1ull << 40; e->low = 5; e->high = 17; e->event = -3; e->list[2] = 9;
            bpf_ringbuf_submit(e, 0);
            return 0;
        }
        """;

    private readonly BpfCells _cells = new();
    private readonly BpfScope _scope = new("test");
    private readonly Globals _globals = new();
    private ScriptState<object>? _state;
    private int _declared;

    /// <summary>What a generated class finds in the session.</summary>
    public sealed class Globals
    {
        public BpfCellBinding? Binding { get; set; }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _cells.DisposeAsync();

    [Fact]
    public async Task Class_reads_and_sets_what_the_program_shares()
    {
        RequireRoot();
        await RunAsync("cell 1", Source, "--pid", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await EvaluateAsync("""opens.Globals.label = "next"; opens.Globals.seen = 0; opens.Maps.counts[7] = new OpensCell.inner { a = 1, b = 2 };""");
        Syscall();
        Assert.Equal("next", await EvaluateAsync("opens.Globals.label.ToString()"));
        Assert.True((ulong)(await EvaluateAsync("opens.Globals.seen"))! > 0);
        Assert.Equal(2UL, await EvaluateAsync("opens.Maps.counts[7].b"));
        Assert.Equal("a = 1, b = 2", await EvaluateAsync("opens.Maps.counts[7].ToString()"));
        Assert.Equal("on_call", await EvaluateAsync("opens.Programs.on_call.Name"));
        Assert.NotNull(await EvaluateAsync("opens.Maps.calls"));
        Assert.Equal(
            "LOUD 5 17 -3 9 1099511627776",
            await EvaluateAsync("""var e = opens.Maps.events.Drain()[0]; $"{e.mode} {e.low} {e.high} {e.event_} {e.list[2]} {e.inner.b}" """));
        Assert.Equal(Environment.ProcessId, Convert.ToInt32(await EvaluateAsync("e.pid"), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(true, await EvaluateAsync("e.Equals(e) && e.GetHashCode() == e.GetHashCode() && e.comm.ToString().Length > 0"));
    }

    [Fact]
    public async Task Cell_run_again_keeps_the_object_while_types_are_the_same()
    {
        RequireRoot();
        await RunAsync("cell 1", Source);
        var first = await EvaluateAsync("opens");
        for (var run = 0; run < 50; run++)
        {
            var result = await RunAsync($"cell {run + 2}", Source.Replace("e->low = 5", $"e->low = {run % 8}", StringComparison.Ordinal), "--no-attach");
            Assert.True(result.IsSameObject);
        }

        Assert.Equal(1, _declared);
        Assert.Same(first, await EvaluateAsync("opens"));
        Assert.Single(_cells.Entries);
        Assert.Equal("cell 51", _cells.Entries[0].Cell);
    }

    [Fact]
    public async Task Changed_types_end_the_old_object_and_name_the_cell()
    {
        RequireRoot();
        await RunAsync("cell 1", Source);
        await EvaluateAsync("var old = opens;");
        var result = await RunAsync("cell 9", Source.Replace("u64 seen", "u64 seen, more", StringComparison.Ordinal));
        Assert.False(result.IsSameObject);
        Assert.Equal(0UL, await EvaluateAsync("opens.Globals.more"));
        var gone = await Assert.ThrowsAsync<ObjectDisposedException>(() => EvaluateAsync("old.Globals.seen"));
        Assert.Contains("cell 9", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failing_cell_leaves_the_old_one_and_shows_its_own_line()
    {
        RequireRoot();
        await RunAsync("cell 1", Source);
        var broken = await Assert.ThrowsAsync<BpfCellException>(() => RunAsync("cell 2", Source.Replace("return 0;\n}", "return nothing;\n}", StringComparison.Ordinal)));
        Assert.Contains($"opens:{Source.Split('\n').Length}:", broken.Message, StringComparison.Ordinal); // the line before "}", one further for the line of options
        Assert.Contains("^", broken.Message, StringComparison.Ordinal);
        Assert.Contains("still runs", broken.Message, StringComparison.Ordinal);

        var refused = await Assert.ThrowsAsync<BpfCellException>(() => RunAsync("cell 3", Source.Replace("if (!e)", "if (0)", StringComparison.Ordinal)));
        Assert.Contains("<details>", refused.ToHtml(), StringComparison.Ordinal);
        Assert.Contains("__builtin_memset(e", refused.Message, StringComparison.Ordinal);
        Syscall();
        Assert.True((ulong)(await EvaluateAsync("opens.Globals.seen"))! > 0);
    }

    [Fact]
    public async Task Maps_are_kept_where_layouts_agree()
    {
        RequireRoot();
        await RunAsync("cell 1", Source);
        await EvaluateAsync("opens.Maps.counts[3] = new OpensCell.inner { b = 33 };");
        var kept = await RunAsync("cell 2", Source, "--keep-maps", "--show", "insns");
        Assert.Contains("map counts is the one of the last run", kept.ToString(), StringComparison.Ordinal);
        Assert.Contains("; ", kept.ToString(), StringComparison.Ordinal);
        Assert.Contains("     0: (", kept.ToString(), StringComparison.Ordinal);
        Assert.Equal(33UL, await EvaluateAsync("opens.Maps.counts[3].b"));
        var other = await RunAsync("cell 3", Source.Replace("max_entries, 64", "max_entries, 65", StringComparison.Ordinal), "--keep-maps");
        Assert.Contains("map counts begins empty: it took 64 entries and takes 65", other.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Maps_of_the_same_size_with_other_members_begin_empty()
    {
        RequireRoot();
        await RunAsync("cell 1", Source);
        var other = await RunAsync("cell 2", Source.Replace("u8 a; u64 b;", "u64 b; u8 a;", StringComparison.Ordinal), "--keep-maps");
        Assert.Contains("map counts begins empty: of its values \"u8 a at 0\" is now \"u64 b at 0\"", other.ToString().Replace("unsigned char", "u8", StringComparison.Ordinal).Replace("unsigned long long", "u64", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("map calls is the one of the last run", other.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_are_read_as_they_come()
    {
        RequireRoot();
        await RunAsync("cell 1", Source, "--pid", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await EvaluateAsync("async Task<int> Next(System.Threading.CancellationToken limit) { await foreach (var e in opens.Maps.events.ReadAsync(limit)) { return e.event_; } return 0; }");
        var next = await EvaluateAsync("(Func<System.Threading.CancellationToken, Task<int>>)Next") is Func<CancellationToken, Task<int>> read ? read(limit.Token) : throw new InvalidOperationException();
        while (!next.IsCompleted)
        {
            Syscall();
            await Task.Delay(10, limit.Token);
        }

        Assert.Equal(-3, await next);
        await EvaluateAsync("opens.Maps.events.Drain();"); // The reader has left: another may read.
    }

    [Fact]
    public async Task Instructions_stand_beside_the_lines_they_come_from()
    {
        RequireRoot();
        var shown = await RunAsync("cell 1", Source, "--show", "c");
        var lines = shown.ToString().Split('\n');
        var at = Array.FindIndex(lines, line => line.Contains("__sync_fetch_and_add(&seen, 1);", StringComparison.Ordinal));
        Assert.Matches(@"^ +16      __sync_fetch_and_add\(&seen, 1\);  +\d+: \(18\) r\d = ", lines[at]); // the line of options is the first
        Assert.Contains(lines[at..(at + 5)], line => line.Contains("+= r", StringComparison.Ordinal) || line.Contains("lock", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.TrimStart().StartsWith("12  int on_call(void *ctx)", StringComparison.Ordinal));
        Assert.Contains("<pre style=\"margin:0\">    if (!e)</pre>", shown.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_is_found_by_its_text_where_the_kernel_does_not_say_its_number()
    {
        const string Log = "0: R1=ctx() R10=fp0\n; seen++;\n0: (18) r1 = 0xffffc9000136f000       ; R1=map_value()\n2: (79) r2 = *(u64 *)(r1 +0)\n; return bpf_something(1);\n3: (b4) w0 = 0\n; return 0;\n4: (95) exit";
        var rows = new SourceListing("x", "u64 seen;\nint on_call(void *ctx)\n{\n\tseen++;\n\treturn 0;\n}", 1).Rows("on_call", Log);
        Assert.Equal([3, 4, 5, 6], rows.Select(row => row.Number));
        Assert.Equal([0, 2, 3], rows[2].Instructions.Select(instruction => instruction.Number)); // what is no line of the cell's stays with the line before it
        Assert.Equal("     4: (95) exit", rows[3].Instructions.Single().ToString());
    }

    [Theory]
    [InlineData("--nam opens", "did you mean --name?")]
    [InlineData("--name", "needs a value")]
    [InlineData("--name event", "no keyword")]
    [InlineData("--name x --var y", "--var y=100")]
    [InlineData("--name x --pid zero", "positive number")]
    [InlineData("--name x --show all", "insns")]
    [InlineData("", "--name opens")]
    public void Options_that_cannot_be_obeyed_say_what_to_write(string line, string told)
    {
        var refused = Assert.Throws<BpfCellOptionException>(() => BpfCellOptions.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variable_of_the_wrong_kind_is_refused()
    {
        RequireRoot();
        var refused = await Assert.ThrowsAsync<BpfCellException>(() => RunAsync("cell 1", Source, "--var", "target_pid=many"));
        Assert.Contains("takes a whole number", refused.Message, StringComparison.Ordinal);
        await RunAsync("cell 2", Source, "--var", "target_pid=0x10", "--no-attach");
        Assert.Equal(16U, await EvaluateAsync("opens.Globals.target_pid"));
    }

    private static void RequireRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading BPF programs needs root");

    private static void Syscall() => _ = getpgid(0);

    [System.Runtime.InteropServices.DllImport("libc")]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
    private static extern int getpgid(int pid);

    private async Task<BpfCellResult> RunAsync(string cell, string source, params string[] arguments)
    {
        using var inside = _scope.Enter();
        return await _cells.RunAsync(source, BpfCellOptions.Parse(["--name", "opens", .. arguments]), cell, 1, DeclareAsync);
    }

    private async Task DeclareAsync(BpfCellDeclaration declaration)
    {
        _declared++;
        await StateAsync();
        _globals.Binding = declaration.Binding;
        var script = _state!.Script.ContinueWith($"{declaration.ClassText}\nvar {declaration.Variable} = new {declaration.ClassName}(Binding);");
        Assert.Empty(script.Compile());
        _state = await script.RunFromAsync(_state);
    }

    private async Task<object?> EvaluateAsync(string code)
    {
        await StateAsync();
        _state = await _state!.ContinueWithAsync(code);
        return _state.ReturnValue;
    }

    private async Task StateAsync() => _state ??= await CSharpScript.RunAsync<object>(
        "null",
        ScriptOptions.Default.AddReferences(typeof(BpfObject).Assembly, typeof(BpfCells).Assembly).AddImports("System", "System.Linq", "System.Threading.Tasks", "BpfInteractive"),
        _globals,
        typeof(Globals));
}
