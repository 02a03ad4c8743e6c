using System.Diagnostics;
using System.Globalization;
using BpfInteractive.Analysis;

namespace BpfInteractive.Benchmarks.Sampling;

/// <summary>
/// <c>bpfi profile</c> beside <c>perf record -g</c>, each a process of its own, in turns, of a whole busy machine (tests/targets/exited/churn.c): the
/// profiler's time on the CPUs with that of its BPF programs, and the bytes it saves. perf's own work in the interrupt is on nobody's account and is
/// left out, which is in its favour; so are the names, which ours has found when it ends.
/// </summary>
internal sealed class SamplerBenchmark : IBenchmark
{
    private const int Pairs = 5;
    private const int StartsPerSecond = 100;

    public string Name => "sampler";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        using var counting = BpfStatistics.Enable();
        var folder = Directory.CreateTempSubdirectory("bpfi-bench-");
        try
        {
            var rows = new List<Comparison>();
            foreach (var (frequency, seconds) in ((int, int)[])[(99, 30), (999, 8)])
            {
                rows.AddRange(await CompareAsync(frequency, seconds, folder.FullName, cancellationToken));
            }

            return rows;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<Comparison>> CompareAsync(int frequency, int seconds, string folder, CancellationToken cancellationToken)
    {
        var (ours, theirs) = (Path.Combine(folder, "capture.parquet"), Path.Combine(folder, "perf.data"));
        var pairs = new List<(Run Ours, Run Peer)>();
        for (var pair = 0; pair < Pairs; pair++)
        {
            string[] perf = ["record", "-q", "-a", "-g", "-e", "cpu-clock", "-F", Text(frequency), "-o", theirs, "--", "sleep", Text(seconds)];
            string[] bpfi = ["profile", "--frequency", Text(frequency), "--duration", Text(seconds), "-o", ours];
            var peer = new Run(await UnderLoadAsync("perf", perf, seconds, cancellationToken), new FileInfo(theirs).Length, null);
            var cost = await UnderLoadAsync(BuiltTool.Program, bpfi, seconds, cancellationToken);
            var mine = new Run(cost, Directory.EnumerateFiles(ours).Sum(file => new FileInfo(file).Length), ProfileFiles.OpenProfile(ours).Info);
            pairs.Add((mine, peer));
            Console.Error.WriteLine($"{frequency} Hz: {mine} beside perf's {peer}");
        }

        var against = $"perf record -a -g, {frequency} Hz, {seconds} s";
        var alone = $"{frequency} Hz, {seconds} s: ";
        return
        [
            Row("sampler's time on the CPUs, its BPF programs' included", against, pairs, run => run.Cost.TotalMs, "ms", 1.0, 0.5),
            Row("bytes of the saved capture", against, pairs, run => run.SavedBytes, "bytes", 0.2, 0.1),
            Row("peak memory", against, pairs, run => run.Cost.PeakBytes / 1048576.0, "MiB", double.NaN, double.NaN),
            Alone("time in BPF programs", run => run.Cost.BpfMs, "ms"),
            Alone("from the end of sampling to the tool's end", run => (run.Cost.EndNs - run.Info!.End.MonotonicNs) / 1e6, "ms"),
            Alone("bytes through the rings", run => run.Info!.RingBytes / run.Info.Duration.TotalSeconds, "bytes/s"),
        ];

        Comparison Alone(string what, Func<Run, double> figure, string unit) => Comparison.Alone(alone + what, Measure.Median(pairs.Select(pair => figure(pair.Ours))), unit);
    }

    // The median of the pairs' ratios, shown beside the median of ours.
    private static Comparison Row(
        string what, string against, List<(Run Ours, Run Peer)> pairs, Func<Run, double> figure, string unit, double must, double aim)
    {
        var ours = Measure.Median(pairs.Select(pair => figure(pair.Ours)));
        var ratio = Measure.Median(pairs.Select(pair => figure(pair.Ours) / figure(pair.Peer)));
        return new(what, against, ours, ours / ratio, unit, must, aim);
    }

    private static async Task<ProcessCost> UnderLoadAsync(string file, string[] arguments, int seconds, CancellationToken cancellationToken)
    {
        using var load = Process.Start(new ProcessStartInfo(NativePeer.Program("churn"), [Text(seconds + 2), Text(StartsPerSecond), "2"]) { RedirectStandardOutput = true })!;
        try
        {
            await Task.Delay(500, cancellationToken);
            var cost = await MeteredProcess.RunAsync(file, arguments, cancellationToken);
            await load.WaitForExitAsync(cancellationToken);
            return cost;
        }
        finally
        {
            if (!load.HasExited)
            {
                load.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>The tool as it is installed, compiled ahead: scripts/bench says where.</summary>

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Run(ProcessCost Cost, long SavedBytes, ProfileInfo? Info)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Cost.UserMs:F0} ms user, {Cost.SystemMs:F0} ms system, {Cost.BpfMs:F0} ms BPF, {SavedBytes:N0} bytes, {Cost.PeakBytes >> 20} MiB");
    }
}
