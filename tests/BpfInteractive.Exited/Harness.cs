using BpfInteractive.Exited.Captures;
using BpfInteractive.Exited.Judging;
using BpfInteractive.Exited.Truth;
using BpfInteractive.Exited.Workload;

namespace BpfInteractive.Exited;

/// <summary>Runs swarms under each profiler in turn and keeps a scoreboard for each.</summary>
public static class Harness
{
    /// <summary>Runs all rounds; <paramref name="progress"/> hears of each.</summary>
    public static async Task<IReadOnlyList<Scoreboard>> RunAsync(HarnessOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        using var targets = await TargetFolder.BuildAsync(cancellationToken);
        var judge = new Judge(targets.Files);
        var boards = new Scoreboard?[options.Captures.Count];
        for (var round = 0; round < options.Repeat; round++)
        {
            for (var i = 0; i < boards.Length; i++)
            {
                await using var capture = Make(options, targets, i);
                progress($"round {round + 1} of {options.Repeat}: {capture.Name}");
                boards[i] ??= new(capture.Name, options.Frequency);
                await RoundAsync(capture, boards[i]!, judge, targets, options, options.Seed + round, cancellationToken);
            }
        }

        return boards!;
    }

    private static async Task RoundAsync(
        ICapture capture, Scoreboard board, Judge judge, TargetFolder targets, HarnessOptions options, int seed, CancellationToken cancellationToken)
    {
        await capture.StartAsync(cancellationToken);
        var truth = await Swarm.RunAsync(targets, new(options.Processes, options.AtOnce, options.Kinds), seed, cancellationToken);
        var result = await capture.StopAsync(cancellationToken);
        board.Add(judge.Score(truth, result.Leaves), result.Losses);
        RemoveJitMaps(truth);
    }

    // Real runtimes leave their maps behind, and so do some kinds.
    private static void RemoveJitMaps(TruthLog truth)
    {
        foreach (var pid in truth.Pids)
        {
            File.Delete($"/tmp/perf-{pid}.map");
        }
    }

    private static ICapture Make(HarnessOptions options, TargetFolder targets, int index)
    {
        var capture = Profilers.Create(options.Captures[index], targets, options.Frequency);
        return index == 0 && options.Breakage is { } breakage ? new BrokenCapture(capture, Enum.Parse<Breakage>(breakage, ignoreCase: true)) : capture;
    }
}
