#!/usr/bin/env -S scripts/bpfi run
// Where threads wait: the time from leaving the CPU to running again, by the stack that left it.
//
//   sudo scripts/bpfi run scripts/offcpu.csx [-- SECONDS] [--pid P] [--json]
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#endif
using BpfInteractive;
using BpfInteractive.Analysis;

const string Usage = """
    usage: offcpu [SECONDS] [--pid P] [--json]
    Sums the time that threads were blocked (5 seconds of the whole machine unless told), and prints the stacks that waited longest, innermost frame first.
    """;
var words = Args.ToList();
var json = words.Remove("--json");
var (pid, seconds, fine) = (0, 5.0, true);
if (words.IndexOf("--pid") is >= 0 and var at)
{
    fine = at + 1 < words.Count && int.TryParse(words[at + 1], out pid) && pid > 0;
    words.RemoveRange(at, Math.Min(2, words.Count - at));
}

if (!fine || words.Count > 1 || (words.Count == 1 && (!double.TryParse(words[0], out seconds) || seconds is not (> 0 and < 1e6))))
{
    var wantsHelp = words.Contains("--help");
    (wantsHelp ? Console.Out : Console.Error).WriteLine(Usage);
    return wantsHelp ? 0 : 2;
}

var waits = await Profiler.CollectAsync(new() { Trigger = SampleTrigger.OffCpu(), Pid = pid > 0 ? pid : null, Duration = TimeSpan.FromSeconds(seconds) });
if (json)
{
    Console.WriteLine(waits.StackColumns().ToJson());
    return 0;
}

Console.WriteLine(waits.Summarize());
var stacks = waits.StackColumns();
var (stack, value, samples) = (stacks.Text("stack"), stacks.Values<long>("value").ToArray(), stacks.Values<long>("samples").ToArray());
foreach (var row in Enumerable.Range(0, stacks.RowCount).OrderByDescending(row => value[row]).Take(12))
{
    Console.WriteLine($"\n{value[row] / 1e6:N1} ms in {samples[row]:N0} waits");
    Console.WriteLine(string.Join('\n', stack[row].Split(';').Reverse().Take(14).Select(frame => $"    {frame}")));
}

return 0;
