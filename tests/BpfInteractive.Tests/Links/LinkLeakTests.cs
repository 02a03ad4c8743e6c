using System.Globalization;

namespace BpfInteractive.Tests.Links;

/// <summary>Attached and detached many times, nothing is left behind.</summary>
[Collection(Alone.Name)]
public sealed class LinkLeakTests
{
    public static TheoryData<string> Sections => ["raw_tp/sys_enter", "tracepoint/syscalls/sys_enter_getpgid", "uprobe/libc.so.6:getpgid", "tp_btf/sched_process_exit"];

    [Theory, Slow]
    [MemberData(nameof(Sections))]
    public async Task Two_hundred_rounds_leave_nothing(string section)
    {
        Require.Root();
        await using var loaded = LinkSource.Load(section);
        var before = Leaks.Snapshot();
        for (var round = 0; round < 200; round++)
        {
            // Every other one awaited, so that detachments also pile up in the background.
            var link = loaded.Programs["probe"].Attach();
            if (round % 2 == 0)
            {
                await link.DisposeAsync();
            }
            else
            {
                link.Dispose();
            }
        }

        Assert.Empty(loaded.Links);
        await Leaks.AssertSameAsync(before, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Refused_attachments_leave_nothing()
    {
        Require.Root();
        await using var tracepoint = LinkSource.Load("tracepoint");
        await using var uprobe = LinkSource.Load("uprobe");
        await using var sampler = LinkSource.Load("perf_event");
        await Leaks.AssertNoneAsync(() =>
        {
            Assert.ThrowsAny<BpfException>(() => tracepoint.Programs["probe"].AttachTracepoint("no", "such"));
            Assert.ThrowsAny<BpfException>(() => tracepoint.Programs["probe"].AttachRawTracepoint("nosuch"));
            Assert.ThrowsAny<BpfException>(() => uprobe.Programs["probe"].AttachTracepoint("sched", "sched_switch"));
            Assert.ThrowsAny<BpfException>(() => uprobe.Programs["probe"].AttachUprobe("libc.so.6", 1UL << 40));
            Assert.ThrowsAny<BpfException>(() => sampler.Programs["probe"].AttachPerfEvent(new() { Frequency = 99, Cpus = [0, 4095] }));
            Assert.Empty(tracepoint.Links.Concat(uprobe.Links).Concat(sampler.Links));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Links_of_one_object_detach_together()
    {
        Require.Root();
        var before = Leaks.Snapshot();
        var loaded = LinkSource.Load("perf_event");
        for (var round = 0; round < 20; round++)
        {
            loaded.Programs["probe"].AttachPerfEvent(new() { Frequency = 1 + round });
        }

        Assert.Equal(20, loaded.Links.Count);
        await loaded.DisposeAsync();
        Assert.True(Leaks.Same(before, Leaks.Snapshot()), string.Create(CultureInfo.InvariantCulture, $"left behind:\n{Leaks.Snapshot()}"));
    }

    [Fact]
    public async Task A_link_disposed_twice_and_from_many_threads_detaches_once()
    {
        Require.Root();
        await using var loaded = LinkSource.Load("raw_tp/sys_enter");
        var link = loaded.Programs["probe"].Attach();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await link.DisposeAsync())));
        link.Dispose();
        Assert.Throws<ObjectDisposedException>(() => link.Update(loaded.Programs["probe"]));
        Assert.Null(link.Id);
    }
}
