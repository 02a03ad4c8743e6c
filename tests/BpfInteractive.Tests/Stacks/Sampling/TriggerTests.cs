using System.Diagnostics;

namespace BpfInteractive.Tests.Stacks.Sampling;

/// <summary>What else than the clock makes a sample, on a program whose waits, calls and page faults are known (tests/targets/profile/waits.c).</summary>
[Slow]
public sealed class TriggerTests : IDisposable
{
    private const int Rounds = 40;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_time_that_a_process_is_blocked_is_told_by_where_it_waits()
    {
        var (profile, _) = await ProfileAsync(new ProfilerOptions { Trigger = SampleTrigger.OffCpu() });
        var (longWaits, shortWaits) = (TotalOf(profile, "long_wait"), TotalOf(profile, "short_wait"));
        Assert.Equal(("off-cpu", "off-cpu", "nanoseconds"), (profile.Info.Event, profile.Info.ValueType, profile.Info.ValueUnit));
        Assert.Equal((Rounds, Rounds), (longWaits.Samples, shortWaits.Samples));

        // A sleep may take longer, and never less.
        Assert.True(longWaits.Value >= Rounds * 15_000_000L, $"{longWaits.Value} ns");
        Assert.True(shortWaits.Value >= Rounds * 5_000_000L, $"{shortWaits.Value} ns");
        Assert.True(longWaits.Value > shortWaits.Value);
        Assert.Contains(profile.Info.Notes, note => note.StartsWith("left out: blocks of less than 100 us", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_blocked_thread_s_stack_ends_in_the_scheduler()
    {
        var (profile, _) = await ProfileAsync(new ProfilerOptions { Trigger = SampleTrigger.OffCpu() });
        var leaves = profile.SampleColumns().Text("leaf");
        Assert.All(Enumerable.Range(0, profile.SampleCount), row => Assert.Equal("__schedule_[k]", leaves[row]));
    }

    [Fact]
    public async Task A_block_that_has_not_ended_counts_until_the_sampling_does()
    {
        Require.Root();
        var token = TestContext.Current.CancellationToken;
        await using var live = Profiler.Start(new() { Command = ["sh", "-c", "sleep 0.2; exec sleep 600"], Trigger = SampleTrigger.OffCpu() });
        while (!IsAsleep(live.Snapshot()))
        {
            await Task.Delay(50, token);
        }

        await Task.Delay(200, token);
        var profile = await live.StopAsync();
        var samples = profile.SampleColumns();
        var last = samples.RowCount - 1;
        Assert.Equal("sleep", samples.Text("comm")[last]);
        Assert.True(samples.Values<long>("value")[last] >= 190_000_000, $"{samples}");
        Assert.Contains("blocks that had not ended, and count until the sampling did: 1", profile.Info.Notes);
    }

    [Fact]
    public async Task Blocks_that_are_too_short_are_left_out()
    {
        var (profile, _) = await ProfileAsync(new ProfilerOptions { Trigger = SampleTrigger.OffCpu(TimeSpan.FromMilliseconds(15)) });
        Assert.Equal(Rounds, TotalOf(profile, "long_wait").Samples);
        Assert.All(profile.SampleColumns().Values<long>("value").ToArray(), value => Assert.True(value >= 15_000_000));
    }

    [Fact]
    public async Task Each_call_of_a_function_is_a_sample()
    {
        var (profile, program) = await ProfileAsync(path => new ProfilerOptions { Trigger = SampleTrigger.Uprobe(path, "visited") });
        Assert.Equal($"{program}:visited", profile.Info.Event);
        Assert.Equal("count", profile.Info.ValueUnit);
        Assert.Equal((Rounds, (long)Rounds), TotalOf(profile, "visited"));
        Assert.Equal(Rounds, profile.SampleCount);
        Assert.Equal(Rounds, profile.Summarize().UserLeavesNamed);
    }

    [Fact]
    public async Task Each_pass_of_a_tracepoint_by_the_target_is_a_sample()
    {
        using var other = Targets.Opener("/dev/null");
        var (profile, _) = await ProfileAsync(new ProfilerOptions { Trigger = SampleTrigger.Tracepoint("syscalls", "sys_enter_nanosleep") });
        Assert.Equal("syscalls:sys_enter_nanosleep", profile.Info.Event);
        Assert.Equal((Rounds, (long)Rounds), TotalOf(profile, "long_wait"));
        Assert.Equal((Rounds, (long)Rounds), TotalOf(profile, "short_wait"));
        Assert.Equal(2 * Rounds, profile.SampleCount);
    }

    [Fact]
    public async Task Page_faults_are_told_by_what_touched_the_pages()
    {
        var (profile, _) = await ProfileAsync(new ProfilerOptions { Event = PerfEventKind.PageFaults });
        Assert.Equal(("page-faults", "count", 1), (profile.Info.ValueType, profile.Info.ValueUnit, profile.Info.Period));

        // The first call may also fault in what it calls.
        Assert.InRange(TotalOf(profile, "touch_pages").Value, Rounds * 64L, (Rounds * 64L) + 32);
    }

    [Fact]
    public async Task Threads_of_others_are_left_out()
    {
        Require.Root();
        using var target = Targets.Sleeper();
        using var other = Targets.Opener("/dev/null");
        await using var live = Profiler.Start(new() { Pid = target.Pid, Trigger = SampleTrigger.Tracepoint("syscalls", "sys_enter_openat") });
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await live.StopAsync()).SampleCount);
    }

    [Theory]
    [InlineData("clock")]
    [InlineData("off-cpu")]
    [InlineData("tracepoint")]
    public async Task Of_a_cgroup_its_processes_alone_are_sampled(string what)
    {
        Require.Root();
        Assert.SkipUnless(Features.Has("cgroup"), Features.Probe("cgroup").ToString());
        var token = TestContext.Current.CancellationToken;
        var folder = Directory.CreateDirectory($"{MountTable.Current.First(mount => mount.Type == "cgroup2").Path}/bpfi-test-{Environment.ProcessId}-{what}").FullName;
        var trigger = what switch { "off-cpu" => SampleTrigger.OffCpu(), "tracepoint" => SampleTrigger.Tracepoint("syscalls", "sys_enter_write"), _ => null };
        const string Busy = "while :; do echo; sleep 0.01; done >/dev/null";
        try
        {
            await using var live = Profiler.Start(new() { Cgroup = folder, Trigger = trigger, Frequency = trigger is null ? 999 : null });
            using var other = Process.Start("sh", ["-c", Busy])!;
            using var member = Process.Start("sh", ["-c", $"echo $$ > {folder}/cgroup.procs; {Busy}"])!;
            try
            {
                // Its sleeps are processes of their own, and have most of the samples.
                for (var round = 0; round < 600 && !live.Snapshot().Tables.Processes.Values<int>("pid").Contains(member.Id); round++)
                {
                    await Task.Delay(100, token);
                }

                var pids = (await live.StopAsync()).Tables.Processes;
                Assert.Contains(member.Id, pids.Values<int>("pid").ToArray());
                Assert.DoesNotContain(other.Id, pids.Values<int>("pid").ToArray());
                Assert.DoesNotContain(other.Id, pids.Values<int>("ppid").ToArray());
            }
            finally
            {
                member.Kill();
                other.Kill();
                await Task.WhenAll(member.WaitForExitAsync(token), other.WaitForExitAsync(token));
            }
        }
        finally
        {
            // The last sleep of the member ends a moment later.
            for (var round = 0; Directory.Exists(folder) && round < 100; round++)
            {
                try
                {
                    Directory.Delete(folder);
                }
                catch (IOException)
                {
                    await Task.Delay(20, CancellationToken.None);
                }
            }
        }
    }

    [Fact]
    public void A_folder_that_is_no_cgroup_is_told()
    {
        Require.Root();
        foreach (var folder in (string[])["/tmp", "/sys/fs/cgroup/no-such-group"])
        {
            var error = Assert.ThrowsAny<BpfException>(() => Profiler.Start(new() { Cgroup = folder, Trigger = SampleTrigger.OffCpu() }));
            Assert.Contains($"cgroup {folder}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        var offCpu = SampleTrigger.OffCpu();
        Assert.Throws<ArgumentException>(() => Profiler.Start(new() { Trigger = offCpu, Frequency = 99 }));
        Assert.Throws<ArgumentException>(() => Profiler.Start(new() { Trigger = offCpu, Event = PerfEventKind.PageFaults }));
        Assert.Throws<ArgumentException>(() => SampleTrigger.OffCpu(TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public void A_tracepoint_that_does_not_exist_is_told()
    {
        Require.Root();
        var error = Assert.ThrowsAny<BpfException>(() => Profiler.Start(new() { Trigger = SampleTrigger.Tracepoint("sched", "no_such_thing") }));
        Assert.Contains("no_such_thing", error.Message, StringComparison.Ordinal);
    }

    private static bool IsAsleep(Profile profile) => profile.Tables.Processes.Values<int>("pid").ToArray().Any(pid =>
        File.Exists($"/proc/{pid}/stat") && File.ReadAllText($"/proc/{pid}/stat").Contains("(sleep) S", StringComparison.Ordinal) && File.ReadAllText($"/proc/{pid}/cmdline").Contains("600", StringComparison.Ordinal));

    private Task<(Profile Profile, string Program)> ProfileAsync(ProfilerOptions options) => ProfileAsync(_ => options);

    private async Task<(Profile Profile, string Program)> ProfileAsync(Func<string, ProfilerOptions> options)
    {
        Require.Root();
        Require.Tool("cc");
        var program = _folder["waits"];
        var source = Path.Combine(Machine.RepositoryRoot, "tests", "targets", "profile", "waits.c");
        var (status, _, errors) = await TestProcess.RunAsync("cc", ["-O1", "-o", program, source]);
        Assert.True(status == 0, errors);
        var profile = await Profiler.CollectAsync(options(program) with { Command = [program, $"{Rounds}"] }, TestContext.Current.CancellationToken);
        return (profile, program);
    }

    private static (int Samples, long Value) TotalOf(Profile profile, string function)
    {
        var functions = profile.FunctionColumns();
        var row = Enumerable.Range(0, functions.RowCount).FirstOrDefault(row => functions.Text("function")[row] == function, -1);
        Assert.True(row >= 0, $"no {function} in\n{functions}\n{profile.Summarize()}");
        return ((int)functions.Values<long>("total_samples")[row], functions.Values<long>("total")[row]);
    }
}
