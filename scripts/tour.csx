#!/usr/bin/env -S scripts/bpfi run
// The tour: which memory does this machine touch? A BPF program reports page faults as they happen; the address spaces say what lies there.
//
//   sudo scripts/bpfi run scripts/tour.csx [-- OUTPUT.html [SECONDS]]
//
// Without root it shows what an ordinary user can see.
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#r "nuget: BpfInteractive.Charts, 0.1.*"
#endif
using System.Diagnostics;
using System.Runtime.InteropServices;
using BpfInteractive;
using BpfInteractive.Analysis;
using BpfInteractive.Charts;

const string Source = """
    struct fault { u32 pid; char comm[16]; u64 address; };
    BPFI_RING(faults, 4 << 20);               // a ring buffer that counts what it had no room for

    SEC("tracepoint/exceptions/page_fault_user")
    int on_fault(u64 *context)
    {
        struct fault *fault = bpfi_ring_reserve(faults, sizeof(*fault));

        if (!fault)
            return 0;
        fault->pid = bpf_get_current_pid_tgid() >> 32;
        bpf_get_current_comm(fault->comm, sizeof(fault->comm));
        fault->address = context[1];          // behind the 8 bytes that every tracepoint begins with
        bpf_ringbuf_submit(fault, 0);
        return 0;
    }
    """;

if (Args.Contains("--help"))
{
    Console.WriteLine("usage: tour [OUTPUT.html [SECONDS]]\nShows the main things in a few seconds, and writes them into a page: tour.html unless told.");
    return;
}

var output = Args.Count > 0 ? Args[0] : "tour.html";
var duration = TimeSpan.FromSeconds(Args.Count > 1 ? double.Parse(Args[1]) : 3);
var page = new Page("Which memory does this machine touch?")
    .Text($"Taken by `scripts/tour.csx` on Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {DateTime.Now:yyyy-MM-dd HH:mm}. The page needs no network.");

Console.WriteLine($"1. A BPF program from text: compiled, loaded, attached; {duration.TotalSeconds} s of every page fault on this machine");
var before = Vmas.Self();
var faults = await WatchAsync(meanwhile: () => Touch(64 << 20));
var after = Vmas.Self();
if (faults is not null)
{
    Console.WriteLine($"   {faults.RowCount:N0} page faults {faults.Losses}\n\n2. The records as a DataFrame: who faulted most");
    var byName = faults.ToDataFrame().GroupBy("comm").Count("pid").OrderByDescending("pid");
    Console.WriteLine(byName.ToColumns().ToTable(8));
    page.Heading("Page faults")
        .Text("A page fault is the moment when a process touches memory for the first time, or again after it was taken away. This program reported each one:")
        .Code(Source)
        .Chart(faults.BarChart("comm", top: 12, title: $"{faults.RowCount:N0} page faults in {duration.TotalSeconds} s, by process"))
        .Table(faults, "The columns come from `struct fault` itself, by its BTF. The same rows are a DataFrame, Arrow or Parquet by one call.", 5, 3)
        .Chart(WhatWasTouched(faults, after).BarChart("memory", top: 8, title: "Page faults of this script, by the memory they hit"));
    faults.Save(Path.ChangeExtension(output, ".parquet"));
}

Console.WriteLine("3. Real processes by every engine that this kernel has");
var sleeper = Process.Start("sleep", "60");
Thread.Sleep(200);                             // until it has become sleep
var engines = Columns.Concat(VmaEngines.Compare(sleeper.Id), VmaEngines.Compare(Environment.ProcessId));
Console.WriteLine(engines.Select("process", "engine", "rows", "time_ns", "kernel_ns").ToTable());

Console.WriteLine("4. The address spaces of all processes, and their pictures");
var all = Vmas.OfAll();
var small = Vmas.Of(sleeper.Id);
var large = all.MaxBy(space => space.Count);
sleeper.Kill();
Console.WriteLine($"   {all.Columns.RowCount:N0} VMAs of {all.Count} processes, {large.Count:N0} of them of {large.Process} {all.Losses}");
page.Heading("The address space behind the addresses")
    .Text($"{small.Process} has {small.Count} VMAs. Each row is a stretch of addresses, to scale in itself; what lies between rows is not mapped. Point at a block to see its range and its file; drag to look closer.")
    .Chart(small.Chart())
    .Table(small.Columns.Select("start", "end", "perms", "offset", "inode", "path", "kind"), $"{small}, in {small.Taking.Elapsed.TotalMicroseconds:N0} µs, {small.Taking.KernelTime.TotalMicroseconds:N0} µs of them in the kernel.", 8, 4)
    .Text($"Of the {all.Count} processes that could be read, {large.Process} has the most VMAs: {large.Count:N0}.")
    .Chart(large.Chart())
    .Chart(large.SizesChart(12))
    .Heading("Two snapshots compared")
    .Text("This script before and after it touched 64 MB of new memory.")
    .Chart(before.CompareChart(after))
    .Heading("Every way to read VMAs that this kernel has")
    .Text("The engines give the same rows. They differ in what they cost and in what they cannot know; `docs/engines.md` tells the history of each.")
    .Chart(engines.BarChart("engine", "time_ns", title: "From the call to filled columns, these processes together"))
    .Table(engines, null, 40);

Console.WriteLine("5. Where the CPUs are: a profile of a second, with the mappings that name it");
if (await ProfileAsync() is { } profile)
{
    Console.WriteLine(string.Join('\n', profile.Summarize().ToLines().Select(line => $"   {line}")));
    page.Heading("Where the CPUs were")
        .Text("A frame stands under the one that called it; its width is its share of the time. Green code was made at run time, orange is the kernel's. `bpfi profile -o profile.html` draws all of it, with a search.")
        .Chart(profile.IcicleChart())
        .Table(profile.FunctionColumns().Select("function", "module", "kind", "self", "total", "reason"), "Self is what weighs on the function alone, total also what it called. What has no name has its reason.", 10, 0);
}

page.Save(output);
Console.WriteLine($"Done: {Path.GetFullPath(output)}");

// Null where this user may not, or this kernel cannot.
async Task<Profile> ProfileAsync()
{
    try
    {
        return await Profiler.CollectAsync(new() { Frequency = 199, Duration = TimeSpan.FromSeconds(1) });
    }
    catch (BpfException missing)
    {
        Console.WriteLine($"   not here: {missing.Message}");
        return null;
    }
}

// Null where this user may not, or this kernel cannot.
async Task<Columns> WatchAsync(Action meanwhile)
{
    try
    {
        var program = await Bpf.LoadAsync(Source);
        program.Attach();
        var collecting = program.RingBuffer("faults", "fault").CollectAsync(duration);
        meanwhile();
        var rows = await collecting;
        await program.DisposeAsync();
        return rows;
    }
    catch (BpfException refused)
    {
        Console.WriteLine($"   Left out: {refused.Message}\n   The rest is what an ordinary user can see.\n");
        meanwhile();
        return null;
    }
}

// New memory, written to: a fault for each page.
void Touch(int bytes)
{
    var memory = Marshal.AllocHGlobal(bytes);
    for (var at = 0; at < bytes; at += 4096)
    {
        Marshal.WriteByte(memory, at, 1);
    }
}

// The process's own faults, each looked up in its address space.
Columns WhatWasTouched(Columns faults, VmaSnapshot space)
{
    var found = new ColumnsBuilder("faults of this script");
    var names = found.AddText("memory");
    for (var row = 0; row < faults.RowCount; row++)
    {
        if (faults.Values<uint>("pid")[row] == space.Pid)
        {
            var vma = space.Find(faults.Values<ulong>("address")[row]);
            names.Append(vma is null ? "unmapped since" : vma.Path ?? $"{vma.Kind}");
        }
    }

    return found.ToColumns();
}
