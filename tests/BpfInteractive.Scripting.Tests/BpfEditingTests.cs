using BpfInteractive.Cells;

namespace BpfInteractive.Scripting.Tests;

/// <summary>What is offered and told while a BPF cell is typed; <c>|</c> is the cursor.</summary>
public sealed class BpfEditingTests
{
    private const string Program = """
        struct event { u32 pid; char comm[16]; u64 started_at; };
        BPFI_RING(events, 1 << 16);
        u64 seen;
        SEC("tracepoint/syscalls/sys_enter_openat")
        int on_open(void *ctx)
        {
            struct task_struct *task = (void *)bpf_get_current_task();
            struct event *e = bpfi_ring_reserve(events, sizeof(*e));
            if (!e)
                return 0;
            BODY
            bpf_ringbuf_submit(e, 0);
            return 0;
        }
        """;

    [Theory]
    [InlineData("e->|", "started_at", "u64", "field")]
    [InlineData("e->st|", "started_at", "u64", "field")]
    [InlineData("u32 x = task->tg|", "tgid", "pid_t", "field")]
    [InlineData("task->mm->map_c|", "map_count", "int", "field")]
    [InlineData("bpf_get_current_c|", "bpf_get_current_comm", "long bpf_get_current_comm(void *buf, __u32 size_of_buf) (since Linux 4.2)", "helper")]
    [InlineData("bpf_loo|", "bpf_loop", "(since Linux 5.17)", "helper")]
    [InlineData("bpf_iter_task_vma_n|", "bpf_iter_task_vma_new", "since Linux 6.7", "kfunc")]
    [InlineData("struct vm_area_st|", "vm_area_struct", "bytes", "struct")]
    [InlineData("enum bpf_map_ty|", "bpf_map_type", "bytes", "enum")]
    [InlineData("se|", "seen", "u64", "variable")]
    [InlineData("BPF_CORE_REA|", "BPF_CORE_READ", "", "macro")]
    [InlineData("sector_|", "sector_t", "u64", "typedef")]
    public async Task Names_are_offered(string typed, string name, string detail, string kind)
    {
        RequireClang();
        var (source, position) = Place(typed);
        var completion = await BpfEditing.CompleteAsync(source, position, TestContext.Current.CancellationToken);
        var item = Assert.Single(completion.Items, item => item.Text == name);
        Assert.Equal(kind, item.Kind);
        Assert.Contains(detail, item.Detail, StringComparison.Ordinal);
        Assert.StartsWith(source[completion.Start..position], name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cells_own_names_come_first()
    {
        RequireClang();
        var (source, position) = Place("e|");
        Assert.Equal(["e", "events"], (await BpfEditing.CompleteAsync(source, position, TestContext.Current.CancellationToken)).Items.Take(2).Select(item => item.Text));
    }

    [Theory]
    [InlineData("fent|", "fentry/")]
    [InlineData("tp_btf/sched_sw|", "tp_btf/sched_switch")]
    [InlineData("fentry/do_unlinka|", "fentry/do_unlinkat")]
    [InlineData("iter/task_v|", "iter/task_vma")]
    [InlineData("lsm/file_op|", "lsm/file_open")]
    [InlineData("per|", "perf_event")]
    public async Task Sections_are_those_of_this_kernel(string typed, string target)
    {
        var source = $"SEC(\"{typed.TrimEnd('|')}";
        var completion = await BpfEditing.CompleteAsync(source, source.Length, TestContext.Current.CancellationToken);
        Assert.Contains(target, completion.Items.Select(item => item.Text));
        Assert.Equal(5, completion.Start);
    }

    [Fact]
    public async Task Tracepoints_are_those_of_this_kernel()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "the list of tracepoints is root's");
        Assert.Contains("tracepoint/sched/", (await BpfEditing.CompleteAsync("SEC(\"tracepoint/sch", 19, TestContext.Current.CancellationToken)).Items.Select(item => item.Text));
        Assert.Contains("tp/sched/sched_switch", (await BpfEditing.CompleteAsync("SEC(\"tp/sched/sched_sw", 22, TestContext.Current.CancellationToken)).Items.Select(item => item.Text));
        Assert.Contains("ksyscall/openat", (await BpfEditing.CompleteAsync("SEC(\"ksyscall/opena", 19, TestContext.Current.CancellationToken)).Items.Select(item => item.Text));
    }

    [Theory]
    [InlineData("// bpf_get|")]
    [InlineData("\"bpf_get|")]
    public async Task Comments_and_strings_are_left_alone(string typed)
    {
        var (source, position) = Place(typed);
        Assert.Empty((await BpfEditing.CompleteAsync(source, position, TestContext.Current.CancellationToken)).Items);
    }

    [Theory]
    [InlineData("bpf_map_lookup_el|em(", "void *bpf_map_lookup_elem(void *map, const void *key)\nhelper 1, since Linux 3.19\n\nPerform a lookup in *map*")]
    [InlineData("bpf_ringbuf_output(|", "long bpf_ringbuf_output(void *ringbuf, void *data, __u64 size, __u64 flags)\nhelper 130, since Linux 5.8")]
    [InlineData("bpf_task_from_pi|d(1)", "struct task_struct *bpf_task_from_pid(s32 pid)\nkernel function (kfunc), since Linux 6.2")]
    [InlineData("struct vm_area|_struct *v;", "struct vm_area_struct, ")]
    [InlineData("e->start|ed_at", "u64 started_at")]
    [InlineData("see|n", "u64 seen")]
    public async Task What_stands_at_the_cursor_is_told(string typed, string told)
    {
        RequireClang();
        var (source, position) = Place(typed);
        Assert.StartsWith(told, (await BpfEditing.HoverAsync(source, position, TestContext.Current.CancellationToken))?[..told.Length], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Findings_stand_at_the_lines_of_the_cell()
    {
        RequireClang();
        await using var session = NotebookSession.Create();
        var findings = await session.DiagnoseAsync("var x = 1;\n#!bpf --name y\nint a;\nint b = nothing;\n", TestContext.Current.CancellationToken);
        var finding = Assert.Single(findings);
        Assert.Equal((4, 9, true), (finding.Line, finding.Column, finding.IsError));
    }

    [Fact]
    public async Task A_session_completes_in_the_language_of_the_place()
    {
        RequireClang();
        await using var session = NotebookSession.Create();
        const string Cell = "#!bpf --name y\nSEC(\"fentry/do_unlinka";
        var answer = await session.CompleteAsync(Cell, Cell.Length, TestContext.Current.CancellationToken);
        Assert.Equal((20, Cell.Length), (answer.Start, answer.End));
        Assert.Contains("fentry/do_unlinkat", answer.Items.Select(item => item.Text));
        const string Other = "#!bpf --name y\nu64 a = bpf_ktime_get_n";
        Assert.Contains("bpf_ktime_get_ns", (await session.InspectAsync(Other + "s", Other.Length, TestContext.Current.CancellationToken))!.PlainText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(131, "5.8")]
    [InlineData(158, "5.11")]
    [InlineData(180, "5.17")]
    [InlineData(191, "5.18")]
    [InlineData(67, "4.18")]
    [InlineData(500, "after 6.2")]
    public void Helpers_have_the_release_that_the_probes_name(int number, string release) => Assert.Equal(release, HelperCatalog.SinceOf(number));

    private static void RequireClang() => Assert.SkipUnless(File.Exists("/usr/include/bpf/bpf_helpers.h"), "completion needs clang and libbpf's headers");

    private static (string Source, int Position) Place(string typed)
    {
        var source = Program.Replace("BODY", typed, StringComparison.Ordinal);
        var position = source.IndexOf('|', source.IndexOf(typed, StringComparison.Ordinal));
        return (source.Remove(position, 1), position);
    }
}
