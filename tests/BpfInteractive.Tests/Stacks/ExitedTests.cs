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
        Require.RootIsMountPoint();
        Require.Tool("perf");
        var board = await BoardAsync("perf", "plain", "dlswap", "exec_half_way", "leader_leaves", "killed", "static", "nopie");
        Assert.Equal(0, board.Total.Count(Verdict.Wrong));
        Assert.Equal(0, board.Total.Count(Verdict.Unmapped));
        Assert.True(board.Total.RightShare > 0.9, $"{board.Total.RightShare}");
        Assert.All(board.Kinds, kind => Assert.NotEqual(0, kind.Known));
    }

    [Fact]
    public async Task The_sampler_names_what_the_targets_ran()
    {
        Require.Root();
        Require.RootIsMountPoint();
        Require.Kernel(6, 18, "look-ups are put off to the return to user space");
        var board = await BoardAsync("bpfi", "usual", "jit_kept", "jit_exec", "jit_moved", "same_address", "upgraded", "overwritten", "pid_reused");
        Assert.True(board.Total.Count(Verdict.Wrong) == 0, string.Join("; ", board.Total.Wrongs.Select(wrong => $"{wrong.Key} {wrong.Value}")));
        Assert.Equal(0, board.Total.Count(Verdict.Unmapped));
        Assert.True(board.Total.RefusedShare < Scoreboard.MostRefused, $"{board.Total.RefusedShare}");

        // What is compiled twice into one place has no name, and rightly so.
        var others = new KindScore("others");
        foreach (var kind in board.Kinds.Where(kind => kind.Kind != "jit_moved"))
        {
            others.Add(kind);
        }

        Assert.True(others.RightShare > 0.99, $"{others.RightShare}: {string.Join("; ", others.Reasons.Select(reason => $"{reason.Key} {reason.Value}"))}");
    }

    private static async Task<Scoreboard> BoardAsync(string capture, params string[] kinds)
    {
        Require.Tool("cc");
        Require.Tool("make");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var options = new HarnessOptions { Processes = 80, Kinds = kinds, Captures = [capture] };
        return Assert.Single(await Harness.RunAsync(options, _ => { }, limit.Token));
    }
}
