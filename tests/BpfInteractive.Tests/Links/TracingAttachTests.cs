namespace BpfInteractive.Tests.Links;

/// <summary>Programs that trace the kernel: attached, they count; detached, they no longer do.</summary>
public sealed class TracingAttachTests
{
    public static TheoryData<string, LinkKind, string, string> Sections => new()
    {
        { "tracepoint/syscalls/sys_enter_getpgid", LinkKind.Tracepoint, "syscalls/sys_enter_getpgid", "tracepoint" },
        { "tp/syscalls/sys_exit_getpgid", LinkKind.Tracepoint, "syscalls/sys_exit_getpgid", "tracepoint" },
        { "raw_tp/sys_enter", LinkKind.RawTracepoint, "sys_enter", "raw_tp" },
        { "raw_tracepoint/sys_exit", LinkKind.RawTracepoint, "sys_exit", "raw_tp" },
        { "tp_btf/sys_enter", LinkKind.Tracing, "sys_enter", "tp_btf" },
        { "fentry/__x64_sys_getpgid", LinkKind.Tracing, "__x64_sys_getpgid", "fentry" },
        { "fexit/__x64_sys_getpgid", LinkKind.Tracing, "__x64_sys_getpgid", "fexit" },
        { "fmod_ret/security_task_getpgid", LinkKind.Tracing, "security_task_getpgid", "fmod_ret" },
        { "lsm/task_getpgid", LinkKind.Lsm, "task_getpgid", "lsm" },
        { "kprobe/__x64_sys_getpgid", LinkKind.Kprobe, "__x64_sys_getpgid", "kprobe" },
        { "kretprobe/__x64_sys_getpgid", LinkKind.Kretprobe, "__x64_sys_getpgid", "kretprobe" },
        { "ksyscall/getpgid", LinkKind.Kprobe, "__x64_sys_getpgid", "kprobe" },
        { "kprobe.multi/__x64_sys_getpg*", LinkKind.KprobeMulti, "__x64_sys_getpg*", "kprobe.multi" },
        { "kretprobe.multi/__x64_sys_getpgid", LinkKind.KprobeMulti, "__x64_sys_getpgid", "kprobe.multi" },
    };

    [Theory, Guest]
    [MemberData(nameof(Sections))]
    public async Task A_program_runs_while_it_is_attached_by_its_section_or_doctor_gives_the_reason(
        string section, LinkKind kind, string target, string feature)
    {
        Require.Root();
        if (!Features.Has(feature))
        {
            AssertRefused(section, feature);
            return;
        }

        await using var loaded = LinkSource.Load(section);
        var link = loaded.Programs["probe"].Attach();
        Assert.Equal((kind, target, "probe"), (link.Kind, link.Target, link.ProgramName));
        Assert.Equal([link], loaded.Links);
        Assert.InRange(LinkSource.CountDuring(loaded, LinkSource.Trigger), 20UL, ulong.MaxValue);

        await link.DisposeAsync();
        Assert.True(link.IsDisposed);
        Assert.Empty(loaded.Links);
        Assert.Equal(0UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
    }

    [Fact, Guest]
    public async Task Attaching_an_object_attaches_all_that_name_a_target()
    {
        Require.Root();
        await using var loaded = LinkSource.Load("raw_tp/sys_enter");
        var messages = new List<string>();
        Assert.Single(loaded.Attach());
        Assert.InRange(LinkSource.CountDuring(loaded, LinkSource.Trigger), 20UL, ulong.MaxValue);
        await using var untargeted = Scoped(messages, () => LinkSource.Load("perf_event"));
        Assert.Empty(untargeted.Attach());
        Assert.Contains("names no target", Assert.Single(messages), StringComparison.Ordinal);
    }

    [Fact, Guest]
    public async Task Disposing_the_object_detaches_its_programs()
    {
        Require.Root();
        var loaded = LinkSource.Load("raw_tp/sys_enter");
        var link = loaded.Programs["probe"].Attach();
        await loaded.DisposeAsync();
        Assert.True(link.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => loaded.Programs["probe"].Attach());
    }

    [Fact, Guest]
    public async Task A_link_takes_another_program_without_a_gap()
    {
        Require.Root();
        await using var first = LinkSource.Load("raw_tp/sys_enter");
        await using var second = LinkSource.Load("raw_tp/sys_enter");
        var link = first.Programs["probe"].Attach();
        Assert.False(link.Update(second.Programs["probe"]));
        Assert.Equal((0, 1), (first.Links.Count, second.Links.Count));
        Assert.InRange(LinkSource.CountDuring(second, LinkSource.Trigger), 20UL, ulong.MaxValue);

        await first.DisposeAsync();
        Assert.InRange(LinkSource.CountDuring(second, LinkSource.Trigger), 20UL, ulong.MaxValue);
        Assert.NotNull(link.Id);
        await link.DisposeAsync();
        Assert.Equal(0UL, LinkSource.CountDuring(second, LinkSource.Trigger));
    }

    [Fact, Guest]
    public async Task A_program_is_attached_again_at_once_after_a_detachment_in_the_background()
    {
        Require.Root();
        await using var loaded = LinkSource.Load("tracepoint/syscalls/sys_enter_getpgid");
        for (var round = 0; round < 5; round++)
        {
            loaded.Programs["probe"].Attach().Dispose();
        }

        var link = loaded.Programs["probe"].Attach();
        Assert.Equal(20UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].Attach());
        Assert.Contains("this very program is attached there already", error.Message, StringComparison.Ordinal);
        Assert.True(link.Update(loaded.Programs["probe"]));
    }

    [Fact, Guest]
    public async Task A_pinned_link_outlives_its_owner_until_the_file_is_removed()
    {
        Require.Root();
        Assert.SkipUnless(Features.Has("bpffs"), Features.Probe("bpffs").ToString());
        var path = $"/sys/fs/bpf/bpfi-test-{Environment.ProcessId}";
        await using var loaded = LinkSource.Load("raw_tp/sys_enter");
        var link = loaded.Programs["probe"].Attach();
        link.Pin(path);
        await link.DisposeAsync();
        Assert.InRange(LinkSource.CountDuring(loaded, LinkSource.Trigger), 20UL, ulong.MaxValue);
        File.Delete(path);
    }

    [Theory]
    [InlineData("perf_event", "AttachPerfEvent")]
    [InlineData("xdp", "AttachXdp")]
    [InlineData("tc", "AttachTrafficControl")]
    [InlineData("cgroup_skb/egress", "AttachCgroup")]
    [InlineData("socket", "AttachSocket")]
    [InlineData("uprobe", "AttachUprobe")]
    [InlineData("tracepoint", "AttachTracepoint")]
    public void A_section_without_a_target_names_the_method_that_takes_one(string section, string method)
    {
        Require.Root();
        using var loaded = LinkSource.Load(section, anyProcess: true);
        var error = Assert.Throws<InvalidOperationException>(() => loaded.Programs["probe"].Attach());
        Assert.Contains(method, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tracepoint/sched/sched_swich", "did you mean 'sched/sched_switch'")]
    [InlineData("tracepoint/sced/sched_switch", "did you mean 'sched/sched_switch'")]
    [InlineData("tracepoint/irq/sched_switch", "category 'irq' has no tracepoint 'sched_switch'")]
    [InlineData("raw_tp/sched_swich", "did you mean 'sched_switch'")]
    [InlineData("raw_tp/sys_enter_openat", "raw system call tracepoints are sys_enter and sys_exit")]
    public void A_wrong_name_is_answered_with_the_nearest(string section, string words)
    {
        Require.Root();
        using var loaded = LinkSource.Load(section);
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].Attach());
        Assert.Equal("attach", error.Operation);
        Assert.Equal(2, error.Errno);
        Assert.Contains("program 'probe' to ", error.Subject, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Empty(loaded.Links);
    }

    [Fact, Guest]
    public void A_wrong_kernel_function_is_answered_with_the_nearest()
    {
        Require.Root();
        Assert.SkipUnless(Features.Has("kprobe"), Features.Probe("kprobe").ToString());
        using var loaded = LinkSource.Load("kprobe");
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachKprobe("vfs_raed"));
        Assert.Contains("did you mean 'vfs_read'", error.Message, StringComparison.Ordinal);
    }

    [Fact, Guest]
    public async Task Many_kernel_functions_are_attached_by_a_list()
    {
        Require.Root();
        Assert.SkipUnless(Features.Has("kprobe.multi"), Features.Probe("kprobe.multi").ToString());
        await using var loaded = LinkSource.Load("kprobe.multi");
        loaded.Programs["probe"].AttachKprobeMulti(["__x64_sys_getpgid", "__x64_sys_getsid"]);
        Assert.Equal(20UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
    }

    [Theory]
    [InlineData("do_nanosleep+0x10", "do_nanosleep", 16)]
    [InlineData("do_nanosleep+8", "do_nanosleep", 8)]
    [InlineData("do_nanosleep", "do_nanosleep", 0)]
    [InlineData("operator+", "operator+", 0)]
    public void An_offset_stands_after_a_plus(string text, string name, ulong offset) =>
        Assert.Equal((name, offset), SectionAttach.ParseOffset(text));

    private static void AssertRefused(string section, string feature)
    {
        var state = Features.Probe(feature);
        var error = Assert.ThrowsAny<BpfException>(() =>
        {
            using var loaded = LinkSource.Load(section);
            loaded.Programs["probe"].Attach();
        });
        if (error is UnsupportedFeatureException missing)
        {
            Assert.Equal(feature, missing.Feature);
            Assert.Contains(state.Reason!, error.Message, StringComparison.Ordinal);
        }
        else
        {
            // The load itself was refused, with the same words.
            Assert.Equal(state.Errno, error.Errno);
            Assert.Contains(state.Reason!, error.Message, StringComparison.Ordinal);
        }
    }

    private static T Scoped<T>(List<string> messages, Func<T> work)
    {
        using var entered = new BpfScope("test", messages.Add).Enter();
        return work();
    }
}
