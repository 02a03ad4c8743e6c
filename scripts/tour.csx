#!/usr/bin/env -S scripts/bpfi run
// The tour: which memory does this machine touch? A BPF program reports page faults while they happen; the address spaces say what lies there.
//
//   sudo scripts/bpfi run scripts/tour.csx [-- OUTPUT.html [SECONDS]]
//
// `dotnet script` runs the same text once the tool is built (dotnet build -c Release).
#r "../kernel-lib/BpfInteractive.Cli/bin/Release/net10.0/BpfInteractive.dll"
#r "../kernel-lib/BpfInteractive.Cli/bin/Release/net10.0/BpfInteractive.Analysis.dll"
#r "../kernel-lib/BpfInteractive.Cli/bin/Release/net10.0/BpfInteractive.Charts.dll"
#r "../kernel-lib/BpfInteractive.Cli/bin/Release/net10.0/Microsoft.Data.Analysis.dll"
#r "../kernel-lib/BpfInteractive.Cli/bin/Release/net10.0/Plotly.NET.dll"
using System.Diagnostics;
using System.Runtime.InteropServices;
using BpfInteractive;
using BpfInteractive.Analysis;
using BpfInteractive.Charts;

var output = Args.Count > 0 ? Args[0] : "tour.html";
var seconds = Args.Count > 1 ? double.Parse(Args[1]) : 3;
const string Source = """
    struct event { u32 pid; char comm[16]; u64 address; };
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4 << 20); } events SEC(".maps");

    struct page_fault { u64 common; u64 address; u64 ip; u64 error_code; };

    SEC("tracepoint/exceptions/page_fault_user")
    int on_fault(struct page_fault *ctx)
    {
        struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
        if (!e)
            return 0;
        e->pid = bpf_get_current_pid_tgid() >> 32;
        bpf_get_current_comm(e->comm, sizeof(e->comm));
        e->address = ctx->address;
        bpf_ringbuf_submit(e, 0);
        return 0;
    }
    """;

Console.WriteLine("1. Compiling a BPF program from text, loading it, attaching it to the page-fault tracepoint");
var watch = Stopwatch.StartNew();
var program = await Bpf.LoadAsync(Source);
program.Attach();
Console.WriteLine($"   in the kernel after {watch.ElapsedMilliseconds} ms");

Console.WriteLine($"2. Watching every process for {seconds} s; meanwhile this script touches 64 MB of its own");
var before = Vmas.Self();
var collecting = program.RingBuffer("events", "event").CollectAsync(TimeSpan.FromSeconds(seconds));
const int Size = 64 << 20;
var memory = Marshal.AllocHGlobal(Size);
for (var at = 0; at < Size; at += 4096)
{
    Marshal.WriteByte(memory, at, 1);
}

var faults = await collecting;
faults = new Columns("page faults", [faults["pid"].With(format: ColumnFormat.Pid), faults["comm"], faults["address"].With(format: ColumnFormat.Address)], faults.Losses);
var after = Vmas.Self();
Marshal.FreeHGlobal(memory);
await program.DisposeAsync();
Console.WriteLine($"   {faults.RowCount:N0} page faults {faults.Losses}");

Console.WriteLine("3. As a DataFrame: the processes with the most faults");
var frame = faults.ToDataFrame();
Console.WriteLine(frame.GroupBy("comm").Count("pid").OrderByDescending("pid").Head(5));

Console.WriteLine("4. The address spaces of real processes by every engine this kernel has");
var sleeper = Process.Start("sleep", "60");
Thread.Sleep(200);
var busiest = faults.Values<uint>("pid").ToArray().CountBy(pid => (int)pid).OrderByDescending(entry => entry.Value).Select(entry => entry.Key)
    .FirstOrDefault(pid => pid != Environment.ProcessId && IsQuiet(pid), Environment.ProcessId);
var subjects = new[] { sleeper.Id, Environment.ProcessId, busiest }.Distinct().ToArray();
var comparison = new ColumnsBuilder("engines");
var engineNames = comparison.AddText("engine");
var processes = comparison.AddText("process");
var rows = comparison.Add<int>("VMAs");
var times = comparison.Add<long>("call to columns", ColumnFormat.Nanoseconds);
var kernelTimes = comparison.Add<long>("in the kernel", ColumnFormat.Nanoseconds);
var notes = comparison.AddText("what it cannot know, or why it is not used");
foreach (var engine in VmaEngines.Report())
{
    var walks = engine.IsAvailable && engine.Engine != VmaEngine.FindVma;
    foreach (var pid in walks ? subjects : [0])
    {
        var snapshot = walks ? Warm(pid, engine.Engine) : null;
        engineNames.Append(engine.Name);
        processes.Append(snapshot?.Process.ToString());
        notes.Append(walks ? string.Join("; ", engine.Unknown) : engine.WhyUnavailable ?? string.Join("; ", engine.Unknown));
        if (snapshot is null)
        {
            rows.AppendNull();
            times.AppendNull();
            kernelTimes.AppendNull();
            continue;
        }

        rows.Append(snapshot.Count);
        times.Append((long)snapshot.Taking.Elapsed.TotalNanoseconds);
        kernelTimes.Append((long)snapshot.Taking.KernelTime.TotalNanoseconds);
    }
}

var engines = comparison.ToColumns();
Console.WriteLine(engines.Select("engine", "process", "VMAs", "call to columns").ToTable());

Console.WriteLine("5. What the faults hit, by the address space of this process");
var mine = new ColumnsBuilder("faults of this process");
var hit = mine.AddText("what was touched");
var pids = faults.Values<uint>("pid").ToArray();
var addresses = faults.Values<ulong>("address").ToArray();
for (var row = 0; row < pids.Length; row++)
{
    if (pids[row] == Environment.ProcessId)
    {
        var vma = after.Find(addresses[row]) ?? before.Find(addresses[row]);
        hit.Append(vma?.Path ?? vma?.Kind.ToString() ?? "unmapped since");
    }
}

var touched = mine.ToColumns();
var small = Vmas.Of(sleeper.Id);
var page = new Page("Which memory does this machine touch?")
    .Text($"Taken on Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()} at {DateTime.Now:yyyy-MM-dd HH:mm} by `scripts/tour.csx`. The script compiled this program, loaded it into the kernel, and for {seconds} seconds got a record of each page fault of every process:")
    .Code(Source)
    .Heading("Page faults")
    .Text("A page fault is the moment when a process touches memory for the first time, or again after it was taken away.")
    .Chart(faults.BarChart("comm", top: 12, title: "Page faults by process"))
    .Table(faults, "Each record is typed by the program's own BTF. Rows are columns in memory; the same data is a DataFrame, Arrow or Parquet by one call.", 5, 3)
    .Heading("The address space behind the addresses")
    .Text($"{small.Process} has {small.Count} VMAs. Each row below is a stretch of addresses, to scale in itself; what lies between the rows is not mapped. Point at a block to see its range and file.")
    .Chart(small.Chart())
    .Table(small.Columns.Select("start", "end", "perms", "offset", "inode", "path", "kind"), $"Taken by the engine `{VmaEngines.NameOf(small.Engine)}` in {small.Taking.Elapsed.TotalMicroseconds:N0} µs, {small.Taking.KernelTime.TotalMicroseconds:N0} µs of them in the kernel.", 8, 4)
    .Text($"This script is a .NET process: {after.Count:N0} VMAs, most of the address space reserved and never touched (pale).")
    .Chart(after.Chart())
    .Chart(after.SizesChart(12))
    .Heading("Two snapshots compared")
    .Text("The script took one snapshot of itself before it touched 64 MB, and one after.")
    .Chart(before.CompareChart(after))
    .Chart(touched.BarChart("what was touched", top: 8, title: "Page faults of this script, by the memory they hit"))
    .Heading("Every way to read VMAs that this kernel has")
    .Text("The engines give the same rows. They differ in what they cost and in what they cannot know; `docs/engines.md` has the history of each.")
    .Chart(engines.Slice(0, engines.RowCount).BarChart("engine", "call to columns", title: "Time from the call to filled columns, these processes together"))
    .Table(engines, null, 40, 0);
page.Save(output);
faults.Save(Path.ChangeExtension(output, ".parquet"));
sleeper.Kill();
Console.WriteLine($"Done: {output} has the pictures, {Path.ChangeExtension(output, ".parquet")} the faults.");

// Alive, readable, and not changing while it is looked at.
bool IsQuiet(int pid)
{
    try
    {
        return Vmas.Of(pid).Count > 0 && Vmas.Of(pid).Diff(Vmas.Of(pid)).Changes.Count == 0;
    }
    catch (BpfException)
    {
        return false;
    }
}

// The second time, so that neither the loading of the engine's program nor the JIT is counted.
VmaSnapshot Warm(int pid, VmaEngine engine)
{
    Vmas.Of(pid, engine);
    return Vmas.Of(pid, engine);
}
