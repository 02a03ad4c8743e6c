#!/usr/bin/env -S scripts/bpfi run
// What a process mapped and unmapped in a while: two address spaces, compared.
//
//   sudo scripts/bpfi run scripts/maps-diff.csx -- PID [SECONDS] [--json]
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#endif
using BpfInteractive;
using BpfInteractive.Analysis;

const string Usage = """
    usage: maps-diff PID [SECONDS] [--json]
    Reads the address space of a process twice, SECONDS apart (5 unless given), and prints what came, went, grew, shrank or changed its rights.
    """;
var words = Args.ToList();
var json = words.Remove("--json");
var seconds = 5.0;
if (words.Count is 0 or > 2 || !int.TryParse(words[0], out var pid) || (words.Count == 2 && (!double.TryParse(words[1], out seconds) || seconds is not (>= 0 and < 1e6))))
{
    var wantsHelp = words.Contains("--help");
    (wantsHelp ? Console.Out : Console.Error).WriteLine(Usage);
    return wantsHelp ? 0 : 2;
}

var before = Vmas.Of(pid);
await Task.Delay(TimeSpan.FromSeconds(seconds));
var after = Vmas.Of(pid);
var changes = before.Diff(after);
if (json)
{
    Console.WriteLine(changes.Columns.ToJson());
    return 0;
}

var sizes = new[] { before, after }.Select(space => space.Aggregate(0UL, (sum, vma) => sum + vma.End - vma.Start) >> 10).ToArray();
Console.WriteLine($"{after.Process}: {before.Count:N0} VMAs of {sizes[0]:N0} KiB before, {after.Count:N0} of {sizes[1]:N0} KiB {seconds} s later; {changes.Same:N0} the same");
Console.WriteLine(changes.Changes.Count == 0 ? "nothing changed" : changes.Columns.ToTable());
return 0;
