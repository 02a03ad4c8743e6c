#!/usr/bin/env -S scripts/bpfi run
// Which system calls this machine makes: how many, how many fail, how long they take.
//
//   sudo scripts/bpfi run scripts/syscount.csx [-- SECONDS] [--json]
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#endif
using BpfInteractive;
using BpfInteractive.Analysis;

const string Source = """
    struct call { u64 number, since; };
    struct tally { u64 calls, failed, time; };
    struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct call); } _begun SEC(".maps");
    struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 512); __type(key, u32); __type(value, struct tally); } tallies SEC(".maps");

    SEC("tp_btf/sys_enter")
    int BPF_PROG(on_enter, struct pt_regs *regs, long number)
    {
        struct call *call = bpf_task_storage_get(&_begun, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
        if (call)
            *call = (struct call){ number, bpf_ktime_get_ns() };
        return 0;
    }

    SEC("tp_btf/sys_exit")
    int BPF_PROG(on_exit, struct pt_regs *regs, long result)
    {
        struct call *call = bpf_task_storage_get(&_begun, bpf_get_current_task_btf(), 0, 0);
        u32 number = call ? call->number : 0;
        struct tally *tally = bpf_map_lookup_elem(&tallies, &number);
        if (tally && call && call->since) {
            __sync_fetch_and_add(&tally->calls, 1);
            __sync_fetch_and_add(&tally->time, bpf_ktime_get_ns() - call->since);
            if (result < 0 && result > -4096)
                __sync_fetch_and_add(&tally->failed, 1);
            call->since = 0;
        }
        return 0;
    }
    """;
var (json, words, seconds) = (Args.Contains("--json"), Args.Where(word => word != "--json").ToList(), 5.0);
if (words.Count > 1 || (words.Count == 1 && (!double.TryParse(words[0], out seconds) || seconds is not (> 0 and < 1e6))))
{
    (words[0] == "--help" ? Console.Out : Console.Error).WriteLine("usage: syscount [SECONDS] [--json]\nCounts the system calls of this machine for SECONDS (5 unless given): calls, failed ones, and the time in them.");
    return words[0] == "--help" ? 0 : 2;
}

var program = await Bpf.LoadAsync(Source);
program.Attach();                              // until the process ends
await Task.Delay(TimeSpan.FromSeconds(seconds));
var tallies = program.Maps["tallies"].ToColumns();
var calls = tallies.Values<ulong>("calls").ToArray();
var rows = Enumerable.Range(0, calls.Length).Where(row => calls[row] > 0).OrderByDescending(row => calls[row]).ToArray();
Column<ulong> Of(string name, ColumnFormat format = ColumnFormat.None) => new(name, [.. rows.Select(row => tallies.Values<ulong>(name)[row])], format);
var counts = new Columns("system calls", [TextColumn.Of("call", rows.Select(row => SystemCalls.NameOf(row))), Of("calls"), Of("failed"), Of("time", ColumnFormat.Nanoseconds)]);
Console.WriteLine(json ? counts.ToJson() : counts.ToTable(25));
return 0;
