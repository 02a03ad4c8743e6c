using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfInteractive.Benchmarks;

/// <summary>
/// Each engine's time from the call to filled columns, at 100, 1,000 and 30,000 VMAs, beside fgets and sscanf in C and beside the kernel's own
/// part of it. A third of the VMAs map a file; all engines make paths.
/// </summary>
public sealed unsafe class VmasBenchmark : IBenchmark
{
    public string Name => "vmas";

    public Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        var library = NativeLibrary.Load(NativePeer.Library("parse_maps"));
        var parse = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "parse_maps");
        var rows = new List<Comparison>();
        foreach (var count in (int[])[100, 1_000, 30_000])
        {
            using var target = Target(count);
            foreach (var engine in VmaEngines.Available)
            {
                cancellationToken.ThrowIfCancellationRequested();
                rows.AddRange(Measured(engine, count, target.Id, () => ParseInC(parse, target.Id)));
            }

            target.Kill();
        }

        return Task.FromResult<IReadOnlyList<Comparison>>(rows);
    }

    private static IEnumerable<Comparison> Measured(VmaEngine engine, int count, int pid, Action peer)
    {
        WarmUp(() => Take(engine, pid, [], []), peer);
        var kernel = new List<double>();
        var calls = new List<double>();
        var (_, theirs) = Measure.InTurns(count > 10_000 ? 15 : 101, () => Take(engine, pid, calls, kernel), peer, warmup: 0);
        var ours = Measure.Median(calls) * 1000;
        var hasGoal = engine == VmaEngine.OpenCoded && count >= 1_000;
        var what = string.Create(CultureInfo.InvariantCulture, $"{count:N0} VMAs by {VmaEngines.NameOf(engine)}");
        yield return new Comparison(what, "fgets + sscanf in C", ours, theirs * 1000, "us", hasGoal ? 0.5 : double.NaN, hasGoal ? 0.4 : double.NaN);
        yield return new Comparison(what, "the kernel's own part", ours, Measure.Median(kernel) * 1000, "us", hasGoal ? 1.5 : double.NaN, hasGoal ? 1.2 : double.NaN);
    }

    // By time, not by calls alone: the runtime compiles hot methods anew in the background, and only 100 ms after the last new one was seen.
    private static void WarmUp(Action ours, Action peer)
    {
        var start = Stopwatch.GetTimestamp();
        for (var calls = 0; calls < 40 || Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1); calls++)
        {
            ours();
            peer();
        }
    }

    private static void Take(VmaEngine engine, int pid, List<double> calls, List<double> kernel)
    {
        var start = Stopwatch.GetTimestamp();
        var snapshot = Vmas.Of(pid, new VmaOptions { Engine = engine, BuildIds = false });
        calls.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        kernel.Add(snapshot.Taking.KernelTime.TotalMilliseconds);
    }

    private static void ParseInC(delegate* unmanaged<int, int> parse, int pid)
    {
        if (parse(pid) < 0)
        {
            throw new InvalidOperationException($"cannot read /proc/{pid}/maps");
        }
    }

    private static Process Target(int count)
    {
        var process = Process.Start(new ProcessStartInfo(NativePeer.Program("vma_many"), [$"{count}", "/bin/sleep"]) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadLine() == "ready" ? process : throw new InvalidOperationException("the target did not start");
    }
}
