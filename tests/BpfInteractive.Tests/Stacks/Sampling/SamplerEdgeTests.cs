using BpfInteractive.Exited.Captures;
using BpfInteractive.Exited.Workload;

namespace BpfInteractive.Tests.Stacks.Sampling;

/// <summary>The sampler against processes at the edges: many threads, one pid again and again, kernel threads, stacks deeper than are kept, namespaces, other samplers.</summary>
[Slow]
public sealed class SamplerEdgeTests
{
    private const string Known = "second";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_threads_each_have_their_samples()
    {
        var profile = await ProfileOfAsync("hundred_threads", milliseconds: 200);
        var leaves = ProfileLeaves.Of(profile, _ => false).Where(leaf => leaf.Name == Known).ToList();
        Assert.Equal(100, leaves.Select(leaf => leaf.Tid).Distinct().Count());
        Assert.Single(leaves.Select(leaf => leaf.Pid).Distinct());
        Assert.Equal(1, SamplerTests.ShareOfMappedLeaves(profile));
    }

    [Fact]
    public async Task Processes_that_had_one_pid_after_another_are_told_apart()
    {
        var profile = await ProfileOfAsync("pid_reused", milliseconds: 400);
        var pids = profile.Tables.Processes.Values<int>("pid").ToArray();
        var starts = profile.Tables.Processes.Values<long>("start").ToArray();
        var reused = pids.GroupBy(pid => pid).MaxBy(group => group.Count())!.Key;
        Assert.Equal(4, Enumerable.Range(0, pids.Length).Where(row => pids[row] == reused).Select(row => starts[row]).Distinct().Count());

        // What each ran, in the order of time: never the names of one for another.
        var ran = ProfileLeaves.Of(profile, _ => false).Where(leaf => leaf.Pid == reused && leaf.Name is not null && TargetFolder.KnownFunctions.Contains(leaf.Name))
            .OrderBy(leaf => leaf.TimeNs).Select(leaf => leaf.Name!).ToList();
        Assert.Equal([Known, "impostor_2", "jit_spin", "jit_other"], ran.Distinct());
        Assert.Equal(3, ran.Zip(ran.Skip(1)).Count(pair => pair.First != pair.Second));
    }

    [Fact]
    public async Task Stacks_deeper_than_are_kept_are_marked_and_counted()
    {
        var profile = await ProfileOfAsync("deep_stack", milliseconds: 1500);
        var flags = profile.Tables.Samples.Values<byte>("flags").ToArray();
        var cut = Enumerable.Range(0, flags.Length).Where(row => ((SampleFlags)flags[row]).HasFlag(SampleFlags.UserTruncated)).ToList();
        Assert.NotEmpty(cut);
        Assert.Equal(cut.Count, profile.Losses["user-truncated"]);
        Assert.Equal(cut.Count, profile.Summarize().Truncated);
        Assert.All(cut, row => Assert.Equal(127, DepthOf(profile, profile.Tables.Samples.Values<int>("user_stack")[row])));
        Assert.Contains(cut, row => profile.Tables.Samples.Values<int>("kernel_stack")[row] >= 0); // What the kernel's own frames take of the room is no loss.
    }

    [Fact]
    public async Task A_program_first_sampled_while_it_was_put_in_the_place_of_another_is_known_whole()
    {
        Require.Root();
        const string Line = "/bin/sh -c i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done";
        await using var live = Profiler.Start(new()
        {
            Command = ["/bin/sh", "-c", "n=0; while [ $n -lt 100 ]; do /bin/sh -c 'i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done'; n=$((n+1)); done"],
            Frequency = 19_999,
        });
        await live.WaitForEndAsync(null, Token);
        var profile = await live.StopAsync();
        var (samples, processes) = (profile.Tables.Samples, profile.Tables.Processes);
        var process = profile.Tables.Threads.Values<int>("process").ToArray();
        var (parents, starts) = (processes.Values<int>("ppid").ToArray(), processes.Values<int>("exec").ToArray());
        var shell = parents.GroupBy(parent => parent).MaxBy(children => children.Count())!.Key;
        var inUserMode = Enumerable.Range(0, samples.RowCount)
            .Where(row => ((SampleFlags)samples.Values<byte>("flags")[row] & SampleFlags.KernelMode) == 0)
            .Select(row => process[samples.Values<int>("thread")[row]]).Distinct()
            .Where(row => parents[row] == shell && starts[row] == starts.Max()).ToList();
        Assert.InRange(inUserMode.Count, 80, 102);
        Assert.All(inUserMode, row => Assert.Equal(Line, processes.Text("command_line")[row]));
    }

    [Fact]
    public async Task A_process_in_a_pid_namespace_has_its_own_pid_there()
    {
        Require.Root();
        Require.RootIsMountPoint();
        var profile = await ProfileOfAsync("namespaces", milliseconds: 200);
        var inner = (ListColumn)profile.Tables.Processes["namespace_pids"];
        var row = Assert.Single(Enumerable.Range(0, inner.Count), row => ((Column<int>)inner[row]).Values.SequenceEqual([1]) && profile.Tables.Processes.Text("comm")[row] == "inner");
        Assert.NotEqual(1, profile.Tables.Processes.Values<int>("pid")[row]);
    }

    [Fact]
    public async Task A_process_older_than_the_capture_is_known_whole()
    {
        Require.Root();
        using var spinner = Targets.Spinner();
        await Task.Delay(100, Token);
        await using var live = Profiler.Start(new() { Frequency = 499 });
        await UntilAsync(live, profile => ProfileLeaves.Of(profile, _ => false).Count(leaf => leaf.Pid == spinner.Pid) > 20);
        var profile = await live.StopAsync();
        var row = Array.IndexOf(profile.Tables.Processes.Values<int>("pid").ToArray(), spinner.Pid);
        Assert.True(profile.Tables.Processes.Values<long>("start")[row] < profile.Info.Start.MonotonicNs);
        Assert.Equal("/bin/sh -c while :; do :; done", profile.Tables.Processes.Text("command_line")[row]);
        Assert.All(ProfileLeaves.Of(profile, _ => false).Where(leaf => leaf.Pid == spinner.Pid), leaf => Assert.True(leaf.IsMapped || leaf.IsRefused, $"{leaf}"));
    }

    [Fact]
    public async Task Kernel_threads_have_kernel_stacks_and_no_address_space()
    {
        Require.Root();
        using var folder = new TemporaryFolder();
        using var writer = TestProcess.Start("/bin/sh", "-c", "while :; do dd if=/dev/zero of=\"$0\" bs=64k count=64 conv=fsync status=none; done", folder["file"]);
        await using var live = Profiler.Start(new() { Frequency = 3999, Names = false });
        await UntilAsync(live, profile => KernelThreadsOf(profile).Count > 0);
        var profile = await live.StopAsync();
        var threads = KernelThreadsOf(profile);
        var (users, kernels) = (profile.Tables.Samples.Values<int>("user_stack").ToArray(), profile.Tables.Samples.Values<int>("kernel_stack").ToArray());
        foreach (var row in threads)
        {
            var comm = profile.Tables.Threads.Text("comm")[profile.Tables.Samples.Values<int>("thread")[row]];
            Assert.True(users[row] < 0 && kernels[row] >= 0, $"{comm}: {users[row]}, {kernels[row]}");
        }
    }

    [Fact]
    public async Task Two_samplers_of_the_whole_machine_see_the_same()
    {
        Require.Root();
        using var spinner = Targets.Spinner();
        await using var one = Profiler.Start(new() { Frequency = 499 });
        await using var two = Profiler.Start(new() { Frequency = 499 });
        foreach (var live in (LiveProfile[])[one, two])
        {
            await UntilAsync(live, profile => ProfileLeaves.Of(profile, _ => false).Count(leaf => leaf.Pid == spinner.Pid) > 50);
            var profile = await live.StopAsync();
            Assert.All(ProfileLeaves.Of(profile, _ => false).Where(leaf => leaf.Pid == spinner.Pid), leaf => Assert.True(leaf.IsMapped || leaf.IsRefused, $"{leaf}"));
        }
    }

    private static async Task<Profile> ProfileOfAsync(string kind, int milliseconds)
    {
        Require.Root();
        Require.Tool("cc");
        Require.Tool("make");
        Require.Kernel(6, 18, "look-ups are put off to the return to user space");
        using var targets = await TargetFolder.BuildAsync(Token);
        var live = Profiler.Start(new() { Command = ["/bin/sh", "-c", "exec \"$@\" >/dev/null", "sh", targets["exited"], kind, $"{milliseconds}"], Frequency = 1999 });
        await live.WaitForEndAsync(null, Token);
        return await live.StopAsync();
    }

    private static async Task UntilAsync(LiveProfile live, Func<Profile, bool> isEnough)
    {
        while (!isEnough(live.Snapshot()))
        {
            await Task.Delay(100, Token);
        }
    }

    private static List<int> KernelThreadsOf(Profile profile)
    {
        var samples = profile.Tables.Samples;
        var processes = profile.Tables.Threads.Values<int>("process").ToArray();
        var mms = profile.Tables.Processes.Values<int>("mm").ToArray();
        var threads = samples.Values<int>("thread").ToArray();
        return [.. Enumerable.Range(0, samples.RowCount).Where(row => mms[processes[threads[row]]] < 0)];
    }

    private static int DepthOf(Profile profile, int stack)
    {
        var callers = profile.Tables.Stacks.Values<int>("caller");
        var depth = 0;
        for (; stack >= 0; stack = callers[stack])
        {
            depth++;
        }

        return depth;
    }
}
