using System.Diagnostics;
using System.Globalization;

namespace BpfInteractive.Benchmarks.Sampling;

/// <summary>
/// <c>bpfi profile</c> beside <c>perf record -g</c>, each a process of its own, in turns, of a whole busy machine (tests/targets/exited/churn.c): the
/// profiler's time on the CPUs with that of its BPF programs, and the bytes it saves. perf's own work in the interrupt is on nobody's account and is
/// left out, which is in its favour.
/// </summary>
internal sealed class SamplerBenchmark : IBenchmark
{
    private const int Pairs = 5;
    private const int Seconds = 10;
    private const int StartsPerSecond = 100;

    public string Name => "sampler";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        using var counting = BpfStatistics.Enable();
        var folder = Directory.CreateTempSubdirectory("bpfi-bench-");
        try
        {
            var rows = new List<Comparison>();
            foreach (var frequency in (int[])[99, 999])
            {
                rows.AddRange(await CompareAsync(frequency, folder.FullName, cancellationToken));
            }

            return rows;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<Comparison>> CompareAsync(int frequency, string folder, CancellationToken cancellationToken)
    {
        var (ours, theirs) = (Path.Combine(folder, "capture.parquet"), Path.Combine(folder, "perf.data"));
        var pairs = new List<(Run Ours, Run Peer)>();
        for (var pair = 0; pair < Pairs; pair++)
        {
            var peer = await RunAsync("perf", ["record", "-q", "-a", "-g", "-e", "cpu-clock", "-F", Text(frequency), "-o", theirs, "--", "sleep", Text(Seconds)], theirs, cancellationToken);
            var mine = await RunAsync(Bpfi, ["profile", "--frequency", Text(frequency), "--duration", Text(Seconds), "--format", "parquet", "-o", ours], ours, cancellationToken);
            pairs.Add((mine, peer));
            Console.Error.WriteLine($"{frequency} Hz: {mine} beside perf's {peer}");
        }

        var against = $"perf record -g at {frequency} Hz";
        return
        [
            Row("sampler's time on the CPUs, its BPF programs' included", against, pairs, run => run.Cost.TotalMs, "ms", 1.0, 0.5),
            Row("of it in BPF programs", "-", pairs, run => run.Cost.BpfMs, "ms", double.NaN, double.NaN),
            Row("bytes of the saved capture", against, pairs, run => run.SavedBytes, "bytes", 0.2, 0.1),
            Row("peak memory", against, pairs, run => run.Cost.PeakBytes / 1048576.0, "MiB", double.NaN, double.NaN),
        ];
    }

    // The median of the pairs' ratios, shown beside the median of ours.
    private static Comparison Row(
        string what, string against, List<(Run Ours, Run Peer)> pairs, Func<Run, double> figure, string unit, double must, double aim)
    {
        var ours = Measure.Median(pairs.Select(pair => figure(pair.Ours)));
        var ratio = Measure.Median(pairs.Select(pair => figure(pair.Ours) / figure(pair.Peer)));
        return against == "-" ? Comparison.Alone(what, ours, unit) : new(what, against, ours, ours / ratio, unit, must, aim);
    }

    private static async Task<Run> RunAsync(string file, string[] arguments, string saved, CancellationToken cancellationToken)
    {
        using var load = Process.Start(new ProcessStartInfo(NativePeer.Program("churn"), [Text(Seconds + 2), Text(StartsPerSecond), "2"]) { RedirectStandardOutput = true })!;
        try
        {
            await Task.Delay(500, cancellationToken);
            var cost = await MeteredProcess.RunAsync(file, arguments, cancellationToken);
            await load.WaitForExitAsync(cancellationToken);
            return new(cost, new FileInfo(saved).Length);
        }
        finally
        {
            if (!load.HasExited)
            {
                load.Kill(entireProcessTree: true);
            }
        }
    }

    private static string Bpfi => Path.Combine(AppContext.BaseDirectory.Split("/tests/")[0], "kernel-lib", "BpfInteractive.Cli", "bin", "Release", "net10.0", "bpfi");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Run(ProcessCost Cost, long SavedBytes)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Cost.UserMs:F0} ms user, {Cost.SystemMs:F0} ms system, {Cost.BpfMs:F0} ms BPF, {SavedBytes:N0} bytes, {Cost.PeakBytes >> 20} MiB");
    }
}
