using System.Globalization;
using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.Iterators;

public sealed class BpfIteratorTests
{
    private const string Source = """
        struct seq_file;
        struct task_struct { int pid; int tgid; char comm[16]; } __attribute__((preserve_access_index));
        struct bpf_iter_meta { struct seq_file *seq; __u64 session_id; __u64 seq_num; } __attribute__((preserve_access_index));
        struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; } __attribute__((preserve_access_index));
        struct row { int tid; int tgid; char comm[16]; __u64 number; __u8 odd[5]; } __attribute__((packed));
        BPFI_EVENT(row);
        __u32 limit = 0;

        SEC("iter/task") int rows(struct bpf_iter__task *ctx)
        {
            struct task_struct *task = ctx->task;
            if (!task)
                return 0;
            struct row r = { .tid = task->pid, .tgid = task->tgid, .number = ctx->meta->seq_num, .odd = { 1, 2, 3, 4, 5 } };
            bpf_probe_read_kernel(r.comm, sizeof(r.comm), task->comm);
            bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
            return 0;
        }

        SEC("iter/task") int text(struct bpf_iter__task *ctx)
        {
            static const char format[] = "%d\n";
            struct task_struct *task = ctx->task;
            __u64 args[1];
            if (!task)
                return 0;
            args[0] = task->pid;
            bpf_seq_printf(ctx->meta->seq, format, sizeof(format), args, sizeof(args));
            return 0;
        }

        /* Writes more for one task than an iterator takes. */
        SEC("iter/task") int flood(struct bpf_iter__task *ctx)
        {
            struct row r = {};
            if (!ctx->task)
                return 0;
            for (int i = 0; i < 4000; i++)
                bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
            return 0;
        }
        """;

    private const string Entries = """
        struct seq_file;
        struct bpf_iter_meta { struct seq_file *seq; __u64 session_id; __u64 seq_num; } __attribute__((preserve_access_index));
        struct bpf_iter__bpf_map_elem { struct bpf_iter_meta *meta; void *map; void *key; void *value; } __attribute__((preserve_access_index));
        struct entry { __u32 key; __u64 value; };
        BPFI_EVENT(entry);
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");

        SEC("iter/bpf_map_elem") int entries(struct bpf_iter__bpf_map_elem *ctx)
        {
            __u32 *key = ctx->key;
            __u64 *value = ctx->value;
            if (!key || !value)
                return 0;
            struct entry e = {};
            e.key = *key;
            e.value = *value;
            bpf_seq_write(ctx->meta->seq, &e, sizeof(e));
            return 0;
        }
        """;

    [Fact]
    public async Task Rows_are_typed_and_tell_the_processes_there_are()
    {
        using var probe = Load();
        var columns = await probe.Iterator("rows", "row").ReadAsync();
        Assert.Equal(["tid", "tgid", "comm", "number", "odd"], columns.Select(column => column.Name));
        var own = Array.IndexOf(columns.Values<int>("tid").ToArray(), Environment.ProcessId);
        Assert.True(own >= 0, columns.ToString());
        Assert.Equal(Environment.ProcessId, columns.Values<int>("tgid")[own]);
        Assert.Equal(File.ReadAllText("/proc/self/comm").TrimEnd(), columns.Text("comm")[own]);
        Assert.Equal(Enumerable.Range(0, columns.RowCount).Select(n => (ulong)n), columns.Values<ulong>("number").ToArray());
        Assert.All(Enumerable.Range(0, columns.RowCount), row => Assert.Equal("0102030405", columns["odd"].FormatValue(row)));
        Assert.True(columns.Losses.IsEmpty);
    }

    [Fact]
    public async Task Each_read_walks_anew()
    {
        using var probe = Load();
        var iterator = probe.Iterator("text");
        using var target = Targets.Sleeper();
        for (var round = 0; round < 3; round++)
        {
            var lines = (await iterator.ReadTextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Contains(target.Pid.ToString(CultureInfo.InvariantCulture), lines);
        }
    }

    [Fact]
    public async Task A_target_narrows_the_walk()
    {
        using var probe = Load();
        using var target = Targets.Sleeper();
        var columns = await probe.Iterator("rows", "row", IteratorTarget.Process(target.Pid)).ReadAsync();
        Assert.Equal([target.Pid], columns.Values<int>("tid").ToArray());
    }

    [Fact]
    public async Task A_walk_over_a_map_that_is_empty_has_columns_and_no_rows()
    {
        Require.Feature("iter/bpf_map_elem", () => Features.Has("iter/bpf_map_elem") ? null : Features.Probe("iter/bpf_map_elem").ToString());
        using var probe = Load(Entries);
        var columns = await probe.Iterator("entries", "entry", IteratorTarget.Entries(probe.Maps["counts"])).ReadAsync();
        Assert.Equal(0, columns.RowCount);
        Assert.Equal(["key", "value"], columns.Select(column => column.Name));
    }

    [Fact]
    public async Task What_one_object_may_write_is_limited_and_the_error_says_so()
    {
        using var probe = Load();
        var error = await Assert.ThrowsAsync<BpfException>(() => probe.Iterator("flood", "row").ReadAsync());
        Assert.Equal(7, error.Errno);
        Assert.Contains("eight pages", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_and_wrong_names_are_told()
    {
        using var probe = Load();
        var iterator = probe.Iterator("rows");
        await Assert.ThrowsAsync<InvalidOperationException>(() => iterator.ReadAsync());
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => iterator.ReadBytesAsync(cancelled.Token));
        Assert.Contains("row", Assert.Throws<ArgumentException>(() => probe.Iterator("rows", "rwo")).Message, StringComparison.Ordinal);
        await iterator.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => iterator.ReadBytesAsync());
    }

    [Fact]
    public void Rows_split_between_parts_are_put_together()
    {
        var btf = new Btf.BtfBuilder();
        var type = btf.Add(BtfKind.Struct, "row", 4, 1, false, btf.Text("n"), (uint)btf.Int(), 0);
        var data = Enumerable.Range(0, 100).SelectMany(BitConverter.GetBytes).ToArray();
        var random = new Random(1);
        for (var round = 0; round < 100; round++)
        {
            var rows = new RowAssembler(RecordDecoder.For(btf.Parse()[type], "rows"), 4);
            for (var at = 0; at < data.Length;)
            {
                var length = Math.Min(random.Next(1, 11), data.Length - at);
                rows.Append(data.AsSpan(at, length));
                at += length;
            }

            rows.Append([1, 2]);
            var columns = rows.Complete();
            Assert.Equal(Enumerable.Range(0, 100), columns.Values<int>("n")[..100].ToArray());
            Assert.True(columns["n"].IsNull(100));
            Assert.Equal(1, columns.Losses["short-records"]);
        }
    }

    private static BpfObject Load(string source = Source)
    {
        Require.Root();
        var header = File.ReadAllText(Path.Combine(Machine.RepositoryRoot, "bpf/include/bpfi/ring.bpf.h"));
        return TestObjects.Open(header + source, "iterators").Load();
    }
}
