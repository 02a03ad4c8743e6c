#!/usr/bin/env -S scripts/bpfi run
// The methods of a running .NET process by the CPU time they take, each second anew. The process needs no variable and no restart: it is asked for its methods.
//
//   sudo scripts/bpfi run scripts/dotnet-top.csx -- PID [SECONDS] [--json]
#if !FILE_BASED
#r "nuget: BpfInteractive, 0.1.*"
#r "nuget: BpfInteractive.Analysis, 0.1.*"
#endif
using BpfInteractive;
using BpfInteractive.Analysis;

const string Usage = """
    usage: dotnet-top PID [SECONDS] [--json]
    Shows which methods of a .NET process take the CPU, every second until Ctrl-C or for SECONDS. With --json one table of all SECONDS (2 unless given).
    """;
var (json, words) = (Args.Contains("--json"), Args.Where(word => word != "--json").ToList());
var (pid, seconds) = (0, json ? 2.0 : double.PositiveInfinity);
if (words.Count is 0 or > 2 || !int.TryParse(words[0], out pid) || pid < 1 || (words.Count == 2 && (!double.TryParse(words[1], out seconds) || seconds is not (> 0 and < 1e6))))
{
    var wantsHelp = words.Contains("--help");
    (wantsHelp ? Console.Out : Console.Error).WriteLine(Usage);
    return wantsHelp ? 0 : 2;
}

if (!Vmas.Of(pid).Any(vma => vma.Path is { } path && (path.EndsWith("/libcoreclr.so", StringComparison.Ordinal) || path.Contains("doublemapper", StringComparison.Ordinal)))) // the runtime, or what its JIT writes
{
    Console.Error.WriteLine($"process {pid} is not one of .NET: nothing of its runtime is mapped there. \"bpfi profile --pid {pid}\" shows the functions of any process");
    return 1;
}

var isLive = !json && !Console.IsOutputRedirected;
var end = DateTime.UtcNow.AddSeconds(Math.Min(seconds, 1e6));
do
{
    var profile = await Profiler.CollectAsync(new() { Pid = pid, Frequency = 199, Duration = TimeSpan.FromSeconds(json ? seconds : Math.Min(seconds, 1)), Kernel = false });
    var methods = profile.FunctionColumns();
    if (json)
    {
        Console.WriteLine(methods.ToJson());
        return 0;
    }

    var (names, modules) = (methods.Text("function"), methods.Text("module"));
    var (self, total) = (methods.Values<long>("self").ToArray(), methods.Values<long>("total").ToArray());
    var busy = profile.TotalValue / Math.Max(1e9, profile.Info.Duration.TotalNanoseconds);
    Console.WriteLine($"{(isLive ? "\u001b[H\u001b[2J" : "")}{DateTime.Now:HH:mm:ss}  process {pid}: {busy:P0} of a CPU, {profile.SampleCount} samples {profile.Losses}");
    Console.WriteLine($"{"self",6} {"total",6}  method");
    foreach (var row in Enumerable.Range(0, methods.RowCount).Where(row => self[row] > 0).Take(isLive ? Math.Max(5, Console.WindowHeight - 4) : 20))
    {
        var text = $"{100.0 * self[row] / profile.TotalValue,5:0.0}% {100.0 * total[row] / profile.TotalValue,5:0.0}%  {names[row]}  ({modules[row]})";
        Console.WriteLine(isLive && Console.WindowWidth > 20 && text.Length >= Console.WindowWidth ? text[..(Console.WindowWidth - 1)] : text);
    }
}
while (DateTime.UtcNow < end && System.IO.Directory.Exists($"/proc/{pid}"));

return 0;
