using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfInteractive.Benchmarks.Sampling;

/// <summary>What a program took: its own time on the CPUs, and that of the BPF programs that it held while it ran.</summary>
/// <param name="UserMs">In user mode, milliseconds.</param>
/// <param name="SystemMs">In the kernel on its own account, milliseconds.</param>
/// <param name="BpfMs">In its BPF programs, on the account of who was interrupted, milliseconds.</param>
/// <param name="PeakBytes">The most memory it had resident.</param>
/// <param name="EndNs">When it had ended, on CLOCK_MONOTONIC.</param>
internal readonly record struct ProcessCost(double UserMs, double SystemMs, double BpfMs, long PeakBytes, long EndNs)
{
    /// <summary>All of it.</summary>
    internal double TotalMs => UserMs + SystemMs + BpfMs;
}

/// <summary>Runs a program to its end and measures what it took. BPF time is counted while <see cref="BpfStatistics"/> are on.</summary>
internal static partial class MeteredProcess
{
    /// <summary>Runs it; throws with its errors when it fails.</summary>
    internal static async Task<ProcessCost> RunAsync(string file, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var errors = Path.GetTempFileName();
        try
        {
            // bash knows its child's times to the millisecond; /proc/self/stat knows them to ten.
            string[] line = ["-c", "TIMEFORMAT='%3U %3S'; time \"$@\" >/dev/null 2>\"$0\"", errors, file, .. arguments];
            using var shell = Process.Start(new ProcessStartInfo("bash", line) { RedirectStandardError = true })!;
            var (bpf, peak) = await WatchAsync(shell, cancellationToken);
            var endNs = Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency); // CLOCK_MONOTONIC, in nanoseconds on Linux
            var times = (await shell.StandardError.ReadToEndAsync(cancellationToken)).Split(' ', StringSplitOptions.TrimEntries);
            return shell.ExitCode == 0
                ? new(Seconds(times[0]) * 1000, Seconds(times[1]) * 1000, bpf, peak, endNs)
                : throw new InvalidOperationException($"{file} ended with {shell.ExitCode}: {await File.ReadAllTextAsync(errors, cancellationToken)}");
        }
        finally
        {
            File.Delete(errors);
        }
    }

    private static double Seconds(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static async Task<(double BpfMs, long PeakBytes)> WatchAsync(Process shell, CancellationToken cancellationToken)
    {
        var runTimes = new Dictionary<int, long>();
        var end = shell.WaitForExitAsync(cancellationToken);
        var peak = 0L;
        try
        {
            while (!shell.HasExited)
            {
                if (ChildOf(shell.Id) is { } child)
                {
                    ReadRunTimes(child, runTimes);
                    peak = Math.Max(peak, PeakOf(child));
                }

                await Task.WhenAny(end, Task.Delay(50, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            if (!shell.HasExited)
            {
                shell.Kill(entireProcessTree: true);
            }
        }

        return (runTimes.Values.Sum() / 1e6, peak);
    }

    private static int? ChildOf(int pid) =>
        int.TryParse(ReadOrEmpty($"/proc/{pid}/task/{pid}/children").Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var child) ? child : null;

    private static long PeakOf(int pid) =>
        PeakLine().Match(ReadOrEmpty($"/proc/{pid}/status")) is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) << 10 : 0;

    // A descriptor of a BPF program says how long it has run.
    private static void ReadRunTimes(int pid, Dictionary<int, long> runTimes)
    {
        try
        {
            foreach (var descriptor in Directory.EnumerateFiles($"/proc/{pid}/fdinfo"))
            {
                if (ProgramLines().Match(ReadOrEmpty(descriptor)) is { Success: true } match)
                {
                    runTimes[int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture)] = long.Parse(match.Groups["ns"].Value, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // It has ended.
        }
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    [GeneratedRegex(@"^VmHWM:\s+(\d+) kB", RegexOptions.Multiline)]
    private static partial Regex PeakLine();

    [GeneratedRegex(@"^prog_id:\s+(?<id>\d+)\nrun_time_ns:\s+(?<ns>\d+)", RegexOptions.Multiline)]
    private static partial Regex ProgramLines();
}
