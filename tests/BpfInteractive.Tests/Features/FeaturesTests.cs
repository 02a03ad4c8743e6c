namespace BpfInteractive.Tests.FeatureTests;

/// <summary>Probes on the kernel that runs the tests.</summary>
[Collection(Alone.Name)]
public sealed class FeaturesTests
{
    /// <summary>No build option takes these away from a kernel that has BPF, BTF and perf events.</summary>
    public static TheoryData<string, string> Expected => new()
    {
        { "btf", "5.4" },
        { "raw_tp", "4.17" },
        { "tp_btf", "5.5" },
        { "perf_event", "4.9" },
        { "iter/task", "5.8" },
        { "iter/task_vma", "5.12" },
        { "iter/bpf_map", "5.8" },
        { "iter/ksym", "6.0" },
        { "iter.s/task", "5.18" },
        { "syscall", "5.14" },
        { "socket", "3.19" },
        { "ringbuf", "5.8" },
        { "task_storage", "5.11" },
        { "user_ringbuf", "6.1" },
        { "bpf_find_vma", "5.17" },
        { "bpf_iter_task_vma_new", "6.7" },
        { "bpf_task_from_pid", "6.2" },
        { "PROCMAP_QUERY", "6.11" },
    };

    [Theory, Guest]
    [MemberData(nameof(Expected))]
    public void A_kernel_of_this_age_has(string name, string since)
    {
        Require.Root();
        Assert.SkipUnless(Machine.KernelVersion >= Version.Parse(since), $"this kernel is older than {since}");
        var state = Features.Probe(name);
        Assert.True(state.Available, state.ToString());
    }

    [Fact, Guest]
    public void A_kernel_older_than_a_feature_lacks_it()
    {
        Require.Root();
        Assert.SkipUnless(Machine.KernelVersion < new Version(6, 7), "this kernel has the open-coded iterator");
        var state = Features.Probe("bpf_iter_task_vma_new");
        Assert.False(state.Available, state.ToString());
        Assert.Contains("does not export it", state.Reason, StringComparison.Ordinal);
    }

    [Fact, Guest]
    public async Task Every_missing_feature_has_a_reason_and_every_probe_ends()
    {
        var states = await Features.AllAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Features.Names, states.Select(state => state.Name));
        Assert.All(states, state => Assert.Equal(state.Available, state.Reason is null));
        Assert.All(states, state => Assert.NotEqual(0, state.Purpose.Length));
    }

    [Fact]
    public void A_kernel_without_kprobes_says_so()
    {
        Require.Root();
        Assert.SkipWhen(File.Exists("/sys/bus/event_source/devices/kprobe/type"), "this kernel has kprobes");
        var state = Features.Explain("kprobe/do_nanosleep");
        Assert.NotNull(state);
        Assert.False(state.Available);
        Assert.Contains("built without kprobes", state.Reason, StringComparison.Ordinal);
        Assert.Contains("tracepoint", state.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trampoline_refused_by_policy_is_not_blamed_on_missing_rights()
    {
        Require.Root();
        var state = Features.Probe("fentry");
        Assert.SkipWhen(state.Available, "this kernel allows fentry");
        Assert.Equal(1, state.Errno);
        Assert.Contains("a policy of this kernel, not a missing right", state.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("ulimit", state.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_feature_is_refused_with_the_nearest_name()
    {
        var error = Assert.Throws<ArgumentException>(() => Features.Probe("fentri"));
        Assert.Contains("did you mean 'fentry'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_feature_becomes_the_exception_with_the_same_words()
    {
        var state = new FeatureState
        {
            Name = "moon",
            Category = FeatureCategory.Kernel,
            Purpose = "light",
            Available = false,
            Reason = "it is day",
            Remedy = "wait",
            Since = "Linux 1.0",
        };
        var error = state.ToException();
        Assert.Equal("cannot use moon: it is day (since Linux 1.0); wait", error.Message);
        Assert.Equal("moon", error.Feature);
    }

    [Fact]
    public async Task Probes_leave_nothing_behind()
    {
        Require.Root();
        _ = await Features.AllAsync(TestContext.Current.CancellationToken);
        await Leaks.AssertNoneAsync(() => Task.Run(() =>
        {
            foreach (var probe in ProgramProbes.All.Concat(MapProbes.All).Concat(NetworkProbes.All).Concat(FunctionProbes.All))
            {
                _ = probe.State;
            }
        }));
    }
}
