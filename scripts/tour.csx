#!/usr/bin/env -S scripts/bpfi run
// The tour: which memory does this machine touch, where are its CPUs? sudo scripts/bpfi run scripts/tour.csx [-- OUTPUT.html [SECONDS]]
#if !FILE_BASED
#r "nuget: BpfInteractive.Charts, 0.1.*" // and what it needs: BpfInteractive, BpfInteractive.Analysis
#endif
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
        if (!fault) return 0;
        bpf_get_current_comm(fault->comm, sizeof(fault->comm));
        fault->pid = bpf_get_current_pid_tgid() >> 32;
        fault->address = context[1];          // behind the 8 bytes that every tracepoint begins with
        bpf_ringbuf_submit(fault, 0);
        return 0;
    }
    """;
var (words, json, wantsHelp, seconds) = (Args.Where(word => word != "--json").ToList(), Args.Contains("--json"), Args.Contains("--help"), 3.0);
var (page, usage) = (new Page("Which memory does this machine touch?"), "usage: tour [OUTPUT.html [SECONDS] | --json]\nShows the main things in a few seconds, and writes them into a page: tour.html unless told. With --json the page faults by process alone.");
if (wantsHelp || words.Count > 2 || (words.Count > 0 && words[0].StartsWith('-')) || (words.Count > 1 && !double.TryParse(words[1], out seconds))) { (wantsHelp ? Console.Out : Console.Error).WriteLine(usage); return wantsHelp ? 0 : 2; }
async Task PartAsync(string title, Func<Task> show) // what this user may not, or this kernel cannot, is told and left out
{
    try { Console.Write(json ? "" : $"\n{title}\n"); await show(); }
    catch (BpfException missing) { Console.WriteLine($"   left out: {missing.Message}"); }
}
await PartAsync("1. A BPF program from text: compiled, loaded, attached; every page fault of this machine, as a DataFrame", async () =>
{
    await using var program = await Bpf.LoadAsync(Source);
    program.Attach();
    var faults = await program.RingBuffer("faults", "fault").CollectAsync(TimeSpan.FromSeconds(seconds));
    var processes = faults.ToDataFrame().GroupBy("comm").Count("pid").OrderByDescending("pid").ToColumns();
    Console.WriteLine(json ? processes.ToJson() : processes.ToTable(8));
    page.Heading("Page faults").Text("Memory that a process touches for the first time, or again after it was taken away. This program reported each:").Code(Source)
        .Chart(faults.BarChart("comm", top: 12, title: $"{faults.RowCount:N0} page faults, by process")).Table(faults, "The columns come from `struct fault` itself, by its BTF.", 5, 3);
});
if (json) return 0;
await PartAsync("2. The address space of this process by every engine that this kernel has; the largest of all processes, drawn", async () =>
{
    var (engines, all) = (VmaEngines.Compare(Environment.ProcessId), Vmas.OfAll());
    var largest = all.MaxBy(space => space.Count);
    Console.WriteLine($"{engines.Select("engine", "rows", "time_ns", "kernel_ns").ToTable()}\n   {all.Columns.RowCount:N0} VMAs of {all.Count} processes, {largest.Count:N0} of them of {largest.Process} {all.Losses}");
    page.Heading("The address space behind the addresses").Text("Each row is a stretch of addresses, to scale in itself; point at a block to see its range and its file.")
        .Chart(largest.Chart()).Chart(largest.SizesChart(12)).Chart(engines.BarChart("engine", "time_ns", title: "The same rows by every engine: from the call to filled columns"));
});
await PartAsync("3. Where the CPUs are: a profile of a second, with the mappings that name it", async () =>
{
    var profile = await Profiler.CollectAsync(new() { Frequency = 199, Duration = TimeSpan.FromSeconds(1) });
    Console.WriteLine(string.Join('\n', profile.Summarize().ToLines().Select(line => $"   {line}")));
    page.Heading("Where the CPUs were").Text("A frame stands under the one that called it; its width is its share of the time.")
        .Chart(profile.IcicleChart()).Table(profile.FunctionColumns().Select("function", "module", "kind", "self", "total", "reason"), "What has no name has its reason.", 10, 0);
});
page.Save(words.Count > 0 ? words[0] : "tour.html");
return 0;
