using System.Diagnostics;
using BpfInteractive.Exited.Truth;

namespace BpfInteractive.Exited.Workload;

/// <summary>What a swarm is made of.</summary>
/// <param name="Processes">How many processes it starts in all.</param>
/// <param name="AtOnce">How many run at a time.</param>
/// <param name="Kinds">The kinds, in turn; empty for all.</param>
public sealed record SwarmSize(int Processes, int AtOnce, IReadOnlyList<string> Kinds);

/// <summary>Runs <c>swarm</c>: many short processes that are hard to name afterwards, each of which logs what it ran.</summary>
public static class Swarm
{
    /// <summary>Runs one swarm to its end and gives the truth that its processes logged.</summary>
    public static async Task<TruthLog> RunAsync(TargetFolder targets, SwarmSize size, int seed, CancellationToken cancellationToken)
    {
        var truth = targets["truth"];
        File.WriteAllText(truth, "");
        // The shell opens the file for appending as the descriptor that the targets inherit.
        string[] arguments =
        [
            "-c", "exec 9>>\"$1\"; shift; TRUTH_FD=9 exec \"$@\"", "sh", truth,
            targets["swarm"], $"{size.Processes}", $"{size.AtOnce}", $"{seed}", .. size.Kinds,
        ];
        using var process = Process.Start(new ProcessStartInfo("sh", arguments) { RedirectStandardError = true })!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        try
        {
            var errors = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? TruthLog.Parse(File.ReadLines(truth))
                : throw new InvalidOperationException($"{process.ExitCode} of the swarm's processes failed: {errors}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
