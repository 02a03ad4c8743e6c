using System.Diagnostics;

namespace BpfInteractive.Tests.Links;

/// <summary>Sampling: on CPUs, of a process, of a thread.</summary>
public sealed class PerfEventAttachTests
{
    private static readonly PerfEventOptions Fast = new() { Frequency = 997 };

    public static TheoryData<string, PerfEventOptions> Ways => new()
    {
        { "every CPU", Fast },
        { "a process", Fast with { Pid = Environment.ProcessId } },
        { "a period", new() { Period = 1_000_000 } },
        { "task clock", Fast with { Event = PerfEventKind.TaskClock, Pid = Environment.ProcessId } },
    };

    [Theory, Guest]
    [MemberData(nameof(Ways))]
    public async Task Samples_come_while_attached(string way, PerfEventOptions options)
    {
        Require.Root();
        await using var loaded = LinkSource.Load("perf_event");
        var link = loaded.Programs["probe"].AttachPerfEvent(options);
        Assert.True(WaitFor(loaded, 3), way);
        await link.DisposeAsync();
        Assert.Equal(0UL, LinkSource.CountDuring(loaded, () => Burn(20), times: 3));
    }

    [Fact, Guest]
    public async Task Threads_that_start_later_are_sampled_too()
    {
        Require.Root();
        await using var loaded = LinkSource.Load("perf_event");
        loaded.Programs["probe"].AttachPerfEvent(Fast with { Pid = Environment.ProcessId });
        var before = LinkSource.Count(loaded);
        var thread = new Thread(() => Burn(300));
        thread.Start();
        thread.Join();
        Assert.True(LinkSource.Count(loaded) > before);
    }

    [Fact, Guest]
    public async Task A_period_is_kept_on_context_switches()
    {
        Require.Root();
        await using var loaded = LinkSource.Load("perf_event");
        loaded.Programs["probe"].AttachPerfEvent(new() { Event = PerfEventKind.ContextSwitches, Period = 1, Pid = Environment.ProcessId });
        Assert.InRange(LinkSource.CountDuring(loaded, () => Thread.Sleep(5), times: 5), 4UL, ulong.MaxValue);
    }

    [Fact]
    public void Hardware_counters_that_are_not_there_are_refused_with_doctors_reason()
    {
        Require.Root();
        var state = Features.Probe("perf_event/hardware");
        Assert.SkipWhen(state.Available, "this machine has hardware counters");
        using var loaded = LinkSource.Load("perf_event");
        var error = Assert.Throws<UnsupportedFeatureException>(() =>
            loaded.Programs["probe"].AttachPerfEvent(new() { Event = PerfEventKind.CpuCycles, Frequency = 99 }));
        Assert.Equal("perf_event/hardware", error.Feature);
        Assert.Contains(state.Reason!, error.Message, StringComparison.Ordinal);
        Assert.Empty(loaded.Links);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Options_that_contradict_each_other_are_refused(string name, PerfEventOptions options)
    {
        Require.Root();
        using var loaded = LinkSource.Load("perf_event");
        Assert.True(Assert.Throws<ArgumentException>(() => loaded.Programs["probe"].AttachPerfEvent(options)).Message.Length > 0, name);
    }

    public static TheoryData<string, PerfEventOptions> Wrong => new()
    {
        { "both", new() { Frequency = 9, Period = 9 } },
        { "nothing", new() { Frequency = 0 } },
        { "two targets", new() { Frequency = 9, Pid = 1, Tid = 1 } },
        { "CPUs of a process", new() { Frequency = 9, Pid = 1, Cpus = [0] } },
    };

    [Fact]
    public void A_rate_above_the_kernels_limit_is_told()
    {
        Require.Root();
        using var loaded = LinkSource.Load("perf_event");
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachPerfEvent(new() { Frequency = 100_000_000 }));
        Assert.Contains("perf_event_max_sample_rate", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachPerfEvent(new() { Frequency = 99, Cpus = [4095] }));
        Assert.Contains("4095", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachPerfEvent(new() { Frequency = 99, Pid = 4_000_000 }));
        Assert.Contains("no process 4000000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_CPUs_is_read() => Assert.Equal([0, 1, 2, 3, 8], CpuList.Parse("0-3,8\n"));

    private static bool WaitFor(BpfObject loaded, ulong samples)
    {
        var watch = Stopwatch.StartNew();
        while (LinkSource.Count(loaded) < samples && watch.Elapsed < TimeSpan.FromSeconds(30))
        {
            Burn(20);
        }

        return LinkSource.Count(loaded) >= samples;
    }

    private static void Burn(int milliseconds)
    {
        var watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < milliseconds)
        {
        }
    }
}
