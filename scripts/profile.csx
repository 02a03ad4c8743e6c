#!/usr/bin/env -S scripts/bpfi run
// A profile from C#: sample everything, see which functions weigh most and who calls them, keep it, draw it.
//
//   sudo scripts/bpfi run scripts/profile.csx [-- SECONDS [OUTPUT]]      OUTPUT.html and OUTPUT.parquet; "profile" unless given. --json: the functions alone
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#r "nuget: BpfInteractive.Charts, 0.1.*"
#endif
using BpfInteractive;
using BpfInteractive.Analysis;
using BpfInteractive.Charts;

var words = Args.ToList();
var (json, seconds) = (words.Remove("--json"), 5.0);
if (words.Count > 2 || words.Contains("--help") || (words.Count > 0 && (!double.TryParse(words[0], out seconds) || seconds is not (> 0 and < 1e6))))
{
    var wantsHelp = words.Contains("--help");
    (wantsHelp ? Console.Out : Console.Error).WriteLine("usage: profile [SECONDS [OUTPUT]] [--json]\nSamples all that runs, prints its functions, and writes OUTPUT.html (a flame graph) and OUTPUT.parquet (all of it); with --json it prints the functions alone.");
    return wantsHelp ? 0 : 2;
}

var output = words.Count > 1 ? words[1] : "profile";

// 1. Samples of every CPU, with the mappings at their frames taken in the kernel at the same moment.
var profile = await Profiler.CollectAsync(new() { Frequency = 199, Duration = TimeSpan.FromSeconds(seconds) });
if (json)
{
    Console.WriteLine(profile.FunctionColumns().ToJson());
    return 0;
}

Console.WriteLine(profile.Summarize());

// 2. Functions: self is what weighs on the function alone, total also what it called.
var functions = profile.FunctionColumns();
Console.WriteLine(functions.Select("function", "module", "kind", "self", "total", "reason").ToTable(12));

// 3. The same as a DataFrame, a row a sample: how many samples each process has. And who calls the heaviest function.
if (profile.SampleCount > 0)
{
    Console.WriteLine(profile.ToDataFrame(ProfileRow.Sample).GroupBy("comm").Count("pid").OrderByDescending("pid"));
    Console.WriteLine(profile.CallersOf(functions.Text("function")[0]).ToTable(5));
}

// 4. All of it in a folder that any Parquet reader takes, and a picture.
profile.Save(output + ".parquet");
profile.FlameGraph().Save(output + ".html");
Console.WriteLine($"{output}.html has the flame graph; bpfi profile --open {output}.parquet shows the samples again.");
return 0;
