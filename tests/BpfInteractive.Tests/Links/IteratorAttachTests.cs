using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.Links;

/// <summary>Iterators run when they are read, over everything or over what they were given.</summary>
public sealed class IteratorAttachTests
{
    private const string Tasks = """
        struct task_struct { int pid; int tgid; } __attribute__((preserve_access_index));
        struct seq_file;
        struct bpf_iter_meta { struct seq_file *seq; } __attribute__((preserve_access_index));
        struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; } __attribute__((preserve_access_index));
        SEC("iter/task") int probe(struct bpf_iter__task *ctx)
        {
            struct task_struct *task = ctx->task;
            if (task) {
                __u32 tgid = task->tgid;
                bpf_seq_write(ctx->meta->seq, &tgid, 4);
            }
            return 0;
        }
        """;

    private const string Entries = """
        struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 5); __type(key, __u32); __type(value, __u64); } numbers SEC(".maps");
        struct seq_file;
        struct bpf_iter_meta { struct seq_file *seq; } __attribute__((preserve_access_index));
        struct bpf_iter__bpf_map_elem { struct bpf_iter_meta *meta; void *map; void *key; void *value; } __attribute__((preserve_access_index));
        SEC("iter/bpf_map_elem") int probe(struct bpf_iter__bpf_map_elem *ctx)
        {
            void *key = ctx->key;
            if (key)
                bpf_seq_write(ctx->meta->seq, key, 4);
            return 0;
        }
        """;

    [Fact, Guest]
    public async Task Every_task_is_walked()
    {
        Require.Root();
        await using var loaded = TestObjects.Open(Tasks).Load();
        using var other = TestProcess.Start("/bin/sleep", "60");
        var link = loaded.Programs["probe"].AttachIterator();
        var pids = Read(link);
        Assert.Contains(other.Pid, pids);
        Assert.Contains(Environment.ProcessId, pids);
    }

    [Fact, Guest]
    public async Task A_process_is_walked_with_its_threads_alone()
    {
        Require.Root();
        await using var loaded = TestObjects.Open(Tasks).Load();
        var pids = Read(loaded.Programs["probe"].AttachIterator(IteratorTarget.Process(Environment.ProcessId)));
        Assert.True(pids.Length > 1);
        Assert.All(pids, pid => Assert.Equal(Environment.ProcessId, pid));
        Assert.Single(Read(loaded.Programs["probe"].AttachIterator(IteratorTarget.Thread(Environment.ProcessId))));
    }

    [Fact, Guest]
    public async Task A_maps_entries_are_walked()
    {
        Require.Root();
        Require.Feature("iter/bpf_map_elem", () => Features.Has("iter/bpf_map_elem") ? null : Features.Probe("iter/bpf_map_elem").ToString());
        await using var loaded = TestObjects.Open(Entries).Load();
        var link = loaded.Programs["probe"].AttachIterator(IteratorTarget.Entries(loaded.Maps["numbers"]));
        Assert.Equal("bpf_map_elem of map numbers", link.Target);
        Assert.Equal([0, 1, 2, 3, 4], Read(link));
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachIterator());
        Assert.Contains("must be told what it walks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dead_process_is_not_walked()
    {
        Require.Root();
        using var loaded = TestObjects.Open(Tasks).Load();
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachIterator(IteratorTarget.Process(4_000_000)));
        Assert.Equal(3, error.Errno);
    }

    private static int[] Read(BpfLink link)
    {
        using var iterator = link.OpenIterator();
        using var file = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(iterator.Value, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(bytes.ToArray()).ToArray();
    }
}
