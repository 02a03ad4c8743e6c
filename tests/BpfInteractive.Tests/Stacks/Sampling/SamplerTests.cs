namespace BpfInteractive.Tests.Stacks.Sampling;

/// <summary>The sampler against processes whose shape is known.</summary>
[Slow]
[Guest]
public sealed class SamplerTests
{
    private static readonly TimeSpan s_aWhile = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_process_is_sampled_and_its_code_is_found()
    {
        Require.Root();
        using var spinner = Targets.Spinner();
        var profile = await Profiler.CollectAsync(new() { Pid = spinner.Pid, Frequency = 499, Duration = s_aWhile }, TestContext.Current.CancellationToken);
        Assert.True(profile.SampleCount > 20, profile.Losses.ToString());
        Assert.Equal([spinner.Pid], profile.Tables.Processes.Values<int>("pid").ToArray().Distinct());
        Assert.Contains(profile.Tables.Files.Text("path").Values(), path => path.EndsWith("/dash", StringComparison.Ordinal) || path.EndsWith("sh", StringComparison.Ordinal));
        Assert.Equal(1, ShareOfMappedLeaves(profile), 2);
    }

    [Fact]
    public async Task Everything_that_runs_is_sampled_and_idle_is_left_out()
    {
        Require.Root();
        using var spinner = Targets.Spinner();
        var profile = await Profiler.CollectAsync(new() { Frequency = 499, Duration = s_aWhile }, TestContext.Current.CancellationToken);
        Assert.Contains(spinner.Pid, profile.Tables.Processes.Values<int>("pid").ToArray());
        Assert.DoesNotContain(0, profile.Tables.Processes.Values<int>("pid").ToArray());
        Assert.Contains(profile.Info.Notes, note => note.StartsWith("idle is left out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_command_is_sampled_to_its_end()
    {
        Require.Root();
        var live = Profiler.Start(new() { Command = ["/bin/sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exit 3"], Frequency = 499 });
        await live.WaitForEndAsync(null, TestContext.Current.CancellationToken);
        var profile = await live.StopAsync();
        Assert.Equal(3, live.ExitStatus);
        Assert.True(profile.SampleCount > 10, profile.Losses.ToString());
        Assert.DoesNotContain(profile.Tables.Processes.Text("command_line").Values(), line => line.Contains("STOP", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_seen_can_be_read_while_it_goes_on()
    {
        Require.Root();
        using var spinner = Targets.Spinner();
        await using var live = Profiler.Start(new() { Pid = spinner.Pid, Frequency = 999 });
        while (live.Snapshot().SampleCount < 20)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var before = live.Snapshot().SampleCount;
        while (live.Snapshot().SampleCount == before)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.True((await live.StopAsync()).SampleCount > before);
        Assert.False(live.IsRunning);
    }

    [Fact]
    public async Task Two_samplers_at_once_each_see_their_own()
    {
        Require.Root();
        using var first = Targets.Spinner();
        using var second = Targets.Spinner();
        await using var one = Profiler.Start(new() { Pid = first.Pid, Frequency = 499 });
        await using var two = Profiler.Start(new() { Pid = second.Pid, Frequency = 499 });
        while (one.Snapshot().SampleCount < 50 || two.Snapshot().SampleCount < 50)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var (ofFirst, ofSecond) = (await one.StopAsync(), await two.StopAsync());
        Assert.Equal([first.Pid], ofFirst.Tables.Processes.Values<int>("pid").ToArray().Distinct());
        Assert.Equal([second.Pid], ofSecond.Tables.Processes.Values<int>("pid").ToArray().Distinct());
        Assert.Equal(1, ShareOfMappedLeaves(ofFirst), 2);
        Assert.Equal(1, ShareOfMappedLeaves(ofSecond), 2);
    }

    [Fact]
    public async Task The_processes_that_a_process_starts_are_sampled_too()
    {
        Require.Root();
        var live = Profiler.Start(new() { Command = ["/bin/sh", "-c", "for n in 1 2 3; do (i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done); done"], Frequency = 499 });
        await live.WaitForEndAsync(null, TestContext.Current.CancellationToken);
        var profile = await live.StopAsync();
        Assert.True(profile.Tables.Processes.RowCount >= 3, profile.Tables.Processes.ToString());
    }

    [Fact]
    public async Task Without_deferred_look_ups_user_space_takes_the_mappings_and_says_so()
    {
        Require.Root();
        using var spinner = Targets.Spinner();
        await using var live = LiveProfile.Start(new() { Pid = spinner.Pid, Frequency = 499 }, SamplerMode.OnRequest);
        while (live.Snapshot().SampleCount < 50)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var profile = await live.StopAsync();
        Assert.Equal(1, ShareOfMappedLeaves(profile), 2);
        Assert.Contains(profile.Info.Notes, note => note.Contains("stay unmapped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_deferred_look_ups_the_code_of_programs_is_known_that_run_for_a_moment()
    {
        Require.Root();
        await using var live = LiveProfile.Start(new() { Frequency = 999 }, SamplerMode.OnRequest);
        for (var run = 0; run < 30; run++)
        {
            var (status, _, errors) = await TestProcess.RunAsync("/bin/sh", ["-c", "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"]);
            Assert.True(status == 0, errors);
        }

        var profile = (await live.StopAsync()).Filter(new ProfileFilter { Comm = "sh" });
        Assert.True(ShareOfMappedLeaves(profile) > 0.5, profile.ToString());
    }

    [Fact]
    public async Task Build_ids_tell_the_files_of_processes_that_were_gone_before_their_mappings_were_taken()
    {
        Require.Root();
        var shell = await TestProcess.RunAsync("/bin/sh", ["-c", "readlink -f /bin/sh"]);
        await using var live = LiveProfile.Start(new() { Frequency = 999, BuildIds = true, AskDotnet = false }, SamplerMode.OnRequest);
        Profile shells;
        int[] missed;
        do
        {
            await TestProcess.RunAsync("/bin/sh", ["-c", "for n in 1 2 3 4 5 6 7 8 9 10; do (i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done); done"]);
            shells = live.Snapshot().Filter(new ProfileFilter { Comm = "sh" });
            missed = [.. Enumerable.Range(0, shells.SampleCount).Where(row => LeafOf(shells, row) >= 0 && MappingsOf(shells, row) == 0)];
        }
        while (missed.Length < 50 || !Enumerable.Range(0, shells.SampleCount).Any(row => MappingsOf(shells, row) > 0)); // A slow machine may miss all of the first ones.

        var leaves = missed.Select(row => shells.LocationOf(shells.Tables.Stacks.Values<int>("location")[LeafOf(shells, row)])).ToArray();
        Assert.InRange(leaves.Count(leaf => leaf.File.Kind == ProfileFileKind.File && !leaf.File.BuildId.IsEmpty), leaves.Length * 0.8, leaves.Length);
        Assert.Contains(leaves, leaf => leaf.File.Path == shell.Output.Trim()); // Its path is known of those whose mappings were taken.
        Assert.Contains((await live.StopAsync()).Info.Notes, note => note.StartsWith("build ids came with the stacks", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_ring_that_is_too_small_loses_samples_and_counts_them()
    {
        Require.Root();
        using var spinner = Targets.Spinner();
        await using var live = Profiler.Start(new() { Pid = spinner.Pid, Frequency = 4000, RingSizeBytes = 4096 });
        while (live.Counted.SamplesDropped == 0)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        var profile = await live.StopAsync();
        Assert.True(profile.Losses["samples-dropped"] > 0);
    }

    [Fact]
    public async Task A_process_that_does_not_exist_is_told()
    {
        Require.Root();
        var error = await Assert.ThrowsAsync<BpfException>(() => Profiler.CollectAsync(new() { Pid = Targets.DeadPid(), Duration = s_aWhile }));
        Assert.Contains("no process", error.Message, StringComparison.Ordinal);
    }

    private static int LeafOf(Profile profile, int sample) => profile.Tables.Samples.Values<int>("user_stack")[sample];

    /// <summary>How many mappings are known of the process of a sample.</summary>
    private static int MappingsOf(Profile profile, int sample)
    {
        var process = profile.Tables.Threads.Values<int>("process")[profile.Tables.Samples.Values<int>("thread")[sample]];
        var mm = profile.Tables.Processes.Values<int>("mm")[process];
        return mm < 0 ? -1 : profile.Tables.Mms.Values<int>("mappings")[mm];
    }

    /// <summary>Of the samples taken in user mode, those whose leaf lies in known code.</summary>
    internal static double ShareOfMappedLeaves(Profile profile)
    {
        var samples = profile.Tables.Samples;
        var (leaves, mapped) = (0, 0);
        for (var row = 0; row < samples.RowCount; row++)
        {
            var stack = samples.Values<int>("user_stack")[row];
            if (stack < 0 || ((SampleFlags)samples.Values<byte>("flags")[row] & SampleFlags.KernelMode) != 0)
            {
                continue;
            }

            leaves++;
            var location = profile.LocationOf(profile.Tables.Stacks.Values<int>("location")[stack]);
            mapped += location.File.Kind == ProfileFileKind.Unmapped ? 0 : 1;
        }

        Assert.True(leaves > 0, "no sample hit user mode");
        return (double)mapped / leaves;
    }
}

internal static class TextColumns
{
    /// <summary>All values that are there.</summary>
    internal static IEnumerable<string> Values(this TextColumn column) => Enumerable.Range(0, column.Count).Select(row => column[row]).OfType<string>();
}
