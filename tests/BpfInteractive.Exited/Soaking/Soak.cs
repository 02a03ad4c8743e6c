using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using BpfInteractive.Exited.Workload;

namespace BpfInteractive.Exited.Soaking;

/// <summary>The sampler for minutes on a machine that starts processes without end (<c>churn</c>): what it takes, and what it loses.</summary>
public static partial class Soak
{
    /// <summary>Processes started a second.</summary>
    public const int StartsASecond = 200;

    /// <summary>Samples while the load runs, and ends a second after it.</summary>
    public static async Task<SoakResult> RunAsync(HarnessOptions options, CancellationToken cancellationToken)
    {
        using var targets = await TargetFolder.BuildAsync(cancellationToken);
        await using var live = Profiler.Start(new() { Frequency = options.Frequency });
        string[] arguments = [$"{options.SoakSeconds}", $"{StartsASecond}", "1"];
        var output = await Command.OutputAsync(targets["churn"], arguments, cancellationToken);
        var started = int.Parse(Number().Match(output).Value, CultureInfo.InvariantCulture);
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);

        var clock = Stopwatch.StartNew();
        var profile = await live.StopAsync();
        var stop = clock.Elapsed;
        return new(started, options.SoakSeconds, profile.SampleCount, profile.Tables.Processes.RowCount, PeakBytes(), stop, Of(profile.Losses), Share(profile));
    }

    private static Dictionary<string, long> Of(Losses losses) => losses.ToDictionary(loss => loss.Name, loss => loss.Count);

    /// <summary>The most memory that this process ever had (VmHWM).</summary>
    private static long PeakBytes() =>
        long.Parse(Number().Match(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))).Value, CultureInfo.InvariantCulture) * 1024;

    private static double Share(Profile profile)
    {
        var summary = profile.Summarize();
        return summary.UserLeaves == 0 ? double.NaN : (double)summary.UserLeavesNamed / summary.UserLeaves;
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
