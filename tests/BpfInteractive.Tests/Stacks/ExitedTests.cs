using BpfInteractive.Exited;
using BpfInteractive.Exited.Judging;

namespace BpfInteractive.Tests.Stacks;

/// <summary>Short runs of what <c>scripts/test exited</c> does at length.</summary>
[Slow]
public sealed class ExitedTests
{
    [Fact]
    public async Task Perf_names_what_the_targets_ran()
    {
        // What perf can name must be named right, or else the truth or the join is wrong.
        Require.Root();
        Require.Tool("perf");
        var board = await BoardAsync("perf", "plain", "dlswap", "exec_half_way", "leader_leaves", "killed", "static", "nopie");
        Assert.Equal(0, board.Total.Count(Verdict.Wrong));
        Assert.Equal(0, board.Total.Count(Verdict.Unmapped));
        Assert.True(board.Total.RightShare > 0.9, $"{board.Total.RightShare}");
        Assert.All(board.Kinds, kind => Assert.NotEqual(0, kind.Known));
    }

    private static async Task<Scoreboard> BoardAsync(string capture, params string[] kinds)
    {
        Require.Tool("cc");
        Require.Tool("make");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var options = new HarnessOptions { Processes = 70, Kinds = kinds, Captures = [capture] };
        return Assert.Single(await Harness.RunAsync(options, _ => { }, limit.Token));
    }
}
