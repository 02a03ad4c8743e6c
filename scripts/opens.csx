#!/usr/bin/env -S scripts/bpfi run
// Which process opens files, and how often that fails.
//
//   sudo scripts/bpfi run scripts/opens.csx [-- SECONDS] [--json]
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#endif
using BpfInteractive;
using BpfInteractive.Analysis;

const string Source = """
    struct process { u32 pid; char comm[16]; };
    struct tally { u64 opens; u64 failed; };

    struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(max_entries, 10240);
        __type(key, struct process);
        __type(value, struct tally);
    } counts SEC(".maps");
    BPFI_RING_DROPS(counts);                   // what the map had no room for

    SEC("tracepoint/syscalls/sys_exit_openat")
    int on_open(struct trace_event_raw_sys_exit *ctx)
    {
        struct process process = { .pid = bpf_get_current_pid_tgid() >> 32 };
        struct tally none = {}, *tally;

        bpf_get_current_comm(process.comm, sizeof(process.comm));
        bpf_map_update_elem(&counts, &process, &none, BPF_NOEXIST);
        tally = bpf_map_lookup_elem(&counts, &process);
        if (!tally) {
            bpfi_count_drop(&counts_drops);
            return 0;
        }
        __sync_fetch_and_add(&tally->opens, 1);
        if (ctx->ret < 0)
            __sync_fetch_and_add(&tally->failed, 1);
        return 0;
    }
    """;

var words = Args.ToList();
var json = words.Remove("--json");
var seconds = 5.0;
if (words.Count > 1 || (words.Count == 1 && (!double.TryParse(words[0], out seconds) || seconds is not (> 0 and < 1e6))))
{
    var wantsHelp = words.Contains("--help");
    (wantsHelp ? Console.Out : Console.Error).WriteLine("usage: opens [SECONDS] [--json]\nCounts the files that each process opens in SECONDS (5 unless given), and how many of them could not be opened.");
    return wantsHelp ? 0 : 2;
}

var program = await Bpf.LoadAsync(Source);
program.Attach();                              // until the process ends
await Task.Delay(TimeSpan.FromSeconds(seconds));
var counts = program.Maps["counts"].ToColumns();
Console.WriteLine(json ? counts.ToJson() : counts.ToDataFrame().OrderByDescending("opens").ToColumns("opens").WithLosses(counts.Losses).ToTable(20));
return 0;
