#!/usr/bin/env -S scripts/bpfi run
// How long threads wait for a CPU once they could run: a histogram.
//
//   sudo scripts/bpfi run scripts/runqlat.csx [-- SECONDS] [--json]
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#endif
using BpfInteractive;
using BpfInteractive.Analysis;

const string Source = """
    struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, u64); } _ready SEC(".maps");
    struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 64); __type(key, u32); __type(value, u64); } waits SEC(".maps");

    static int begin(struct task_struct *task)
    {
        u64 *since = bpf_task_storage_get(&_ready, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
        return since ? (*since = bpf_ktime_get_ns(), 0) : 0;
    }

    SEC("tp_btf/sched_wakeup") int BPF_PROG(on_wakeup, struct task_struct *task) { return begin(task); }
    SEC("tp_btf/sched_wakeup_new") int BPF_PROG(on_new, struct task_struct *task) { return begin(task); }

    SEC("tp_btf/sched_switch")
    int BPF_PROG(on_switch, bool preempted, struct task_struct *previous, struct task_struct *next)
    {
        u64 *since, *count, time;
        u32 bucket = 0;
        if (previous->__state == 0 && previous->pid)
            begin(previous);                   // taken off the CPU: it waits for another turn
        since = bpf_task_storage_get(&_ready, next, 0, 0);
        if (!since || !*since)
            return 0;
        for (time = bpf_ktime_get_ns() - *since; time > 1 && bucket < 63; time >>= 1)
            bucket++;
        *since = 0;
        if ((count = bpf_map_lookup_elem(&waits, &bucket)))
            __sync_fetch_and_add(count, 1);
        return 0;
    }
    """;
var (json, words, seconds) = (Args.Contains("--json"), Args.Where(word => word != "--json").ToList(), 5.0);
if (words.Count > 1 || (words.Count == 1 && (!double.TryParse(words[0], out seconds) || seconds is not (> 0 and < 1e6))))
{
    (words[0] == "--help" ? Console.Out : Console.Error).WriteLine("usage: runqlat [SECONDS] [--json]\nPrints how long threads waited for a CPU, in powers of two, for SECONDS (5 unless given).");
    return words[0] == "--help" ? 0 : 2;
}

var program = await Bpf.LoadAsync(Source);
program.Attach();                              // until the process ends
await Task.Delay(TimeSpan.FromSeconds(seconds));
var counts = program.Maps["waits"].As<uint, ulong>().OrderBy(entry => entry.Key).Select(entry => entry.Value).ToArray();
var (first, last) = (Array.FindIndex(counts, count => count > 0), Array.FindLastIndex(counts, count => count > 0));
var rows = Enumerable.Range(Math.Max(0, first), last - first + (first < 0 ? 0 : 1)).ToArray();
var bars = TextColumn.Of("share", rows.Select(row => new string('#', (int)(50 * counts[row] / counts.Max()))));
var histogram = new Columns("waits", [new Column<ulong>("from", [.. rows.Select(row => 1UL << row)], ColumnFormat.Nanoseconds), new Column<ulong>("waits", [.. rows.Select(row => counts[row])]), bars]);
Console.WriteLine(json ? histogram.ToJson() : histogram.ToTable());
return 0;
