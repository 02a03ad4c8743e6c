#!/usr/bin/env -S scripts/bpfi run
// The exited-process problem, and its cure. A sample is an address; which file it lies in stands in /proc/PID/maps, as long as there is a process. Here hundreds of
// processes live for a few milliseconds each, and are gone when somebody asks.
//
//   sudo scripts/bpfi run scripts/exited.csx [-- [SECONDS] [--json]]
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#endif
using System.Diagnostics;
using BpfInteractive;
using BpfInteractive.Analysis;

var words = Args.ToList();
var (json, seconds) = (words.Remove("--json"), 3.0);
if (words.Count > 1 || (words.Count == 1 && (!double.TryParse(words[0], out seconds) || seconds is not (> 0 and < 1e6))))
{
    var wantsHelp = words.Contains("--help");
    (wantsHelp ? Console.Out : Console.Error).WriteLine("usage: exited [SECONDS] [--json]\nSamples processes that live for milliseconds, and compares two ways to tell what they ran; with --json the functions of those that are gone.");
    return wantsHelp ? 0 : 2;
}

// 1. Short processes, one after the other: each perl fills a hash and ends.
const string Work = """while :; do perl -e 'my %h; $h{$_ % 977} .= $_ for 1..30000'; done""";
Profile profile;
var workload = Process.Start("/bin/sh", ["-c", Work]);
try { profile = await Profiler.CollectAsync(new() { Pid = workload.Id, Frequency = 999, Duration = TimeSpan.FromSeconds(seconds) }); }
finally { workload.Kill(entireProcessTree: true); workload.WaitForExit(); }
if (json)
{
    Console.WriteLine(profile.FunctionColumns().ToJson());
    return 0;
}

// 2. What /proc/PID/maps says of each sample's process now.
var samples = profile.SampleColumns();
var pids = samples.Values<int>("pid").ToArray();
var inKernel = samples.Values<bool>("kernel_mode").ToArray();
var hasMaps = pids.Distinct().ToDictionary(pid => pid, HasMaps);
var user = Enumerable.Range(0, pids.Length).Where(row => !inKernel[row]).ToList();
var summary = profile.Summarize();
Console.WriteLine($"{summary.Samples:N0} samples of {summary.Processes:N0} processes; {hasMaps.Values.Count(alive => !alive):N0} of them are gone. Of {user.Count:N0} samples of user code could be told, which file the CPU was in:");
Console.WriteLine($"  by /proc/PID/maps, read now:          {Share(user.Count(row => hasMaps[pids[row]]), user.Count)}");
Console.WriteLine($"  by the mappings taken in the kernel:  {Share(summary.UserLeavesMapped, summary.UserLeaves)}, and the function's name {Share(summary.UserLeavesNamed, summary.UserLeaves)}");

// 3. So the functions of processes that are gone have their names, and what has none has its reason.
Console.WriteLine(profile.FunctionColumns().Select("function", "module", "kind", "self_samples", "reason").ToTable(12));
Console.WriteLine(profile.Summarize());
return 0;

bool HasMaps(int pid)
{
    try { return File.ReadAllText($"/proc/{pid}/maps").Length > 0; }
    catch (Exception gone) when (gone is IOException or UnauthorizedAccessException) { return false; }
}

string Share(long part, long whole) => whole == 0 ? "-" : $"{100.0 * part / whole:0.0} %";
