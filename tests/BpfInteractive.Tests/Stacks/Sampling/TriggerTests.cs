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
