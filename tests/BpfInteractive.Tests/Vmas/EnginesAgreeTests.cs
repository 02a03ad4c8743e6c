using System.Text;

namespace BpfInteractive.Tests.Vmas;

/// <summary>Every engine that this kernel has gives, for a quiet process, the very text of /proc/PID/maps.</summary>
[Guest]
public sealed class EnginesAgreeTests
{
    public static TheoryData<VmaEngine> Engines => [.. VmaEngines.Available];

    /// <summary>The text of /proc/PID/maps, with bytes that are no UTF-8 as this library shows them.</summary>
    internal static string TextOf(int pid)
    {
        var bytes = File.ReadAllBytes($"/proc/{pid}/maps");
        return Encoding.UTF8.GetString(VmaPath.ToUtf8(bytes));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void On_sleep(VmaEngine engine)
    {
        using var sleeper = VmaTargets.QuietSleeper();
        AssertSame(engine, sleeper.Pid);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task On_one_mapping_of_each_kind(VmaEngine engine)
    {
        using var folder = new TemporaryFolder();
        using var zoo = await VmaTargets.ZooAsync(folder.FullName);
        AssertSame(engine, zoo.Pid);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task On_30_000_VMAs(VmaEngine engine)
    {
        using var many = await VmaTargets.ManyAsync(30_000);
        AssertSame(engine, many.Pid);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void On_this_process_while_it_is_quiet(VmaEngine engine)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            var before = TextOf(Environment.ProcessId);
            var snapshot = BpfInteractive.Vmas.Self(new() { Engine = engine });
            var text = snapshot.ToProcMaps();
            if (before == TextOf(Environment.ProcessId))
            {
                Assert.Equal(before, text);
                return;
            }
        }

        Assert.Skip("this process's address space never stood still");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task On_a_leader_that_left_while_a_thread_lives(VmaEngine engine)
    {
        using var process = await VmaTargets.ReadyAsync("vma_leader_left");
        var thread = Directory.GetDirectories($"/proc/{process.Pid}/task").Select(Path.GetFileName).Single(tid => tid != $"{process.Pid}");
        var snapshot = BpfInteractive.Vmas.Of(process.Pid, engine);
        Assert.Equal(File.ReadAllText($"/proc/{process.Pid}/task/{thread}/maps"), snapshot.ToProcMaps());
        Assert.Equal(VmaTargetState.LeaderExited, snapshot.Process.State);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Filters_leave_out_the_same_rows(VmaEngine engine)
    {
        using var folder = new TemporaryFolder();
        using var zoo = await VmaTargets.ZooAsync(folder.FullName);
        var all = BpfInteractive.Vmas.Of(zoo.Pid, engine).ToArray();
        var middle = all[all.Length / 2].Start + 1;

        var from = BpfInteractive.Vmas.Of(zoo.Pid, new VmaOptions { Engine = engine, From = middle });
        Assert.Equal(all.Where(vma => vma.End > middle).Select(Key), from.Select(Key));

        var executable = BpfInteractive.Vmas.Of(zoo.Pid, new VmaOptions { Engine = engine, ExecutableOnly = true });
        Assert.Equal(all.Where(vma => vma.Permissions.HasFlag(VmaPermissions.Execute)).Select(Key), executable.Select(Key));

        // The System V segment is a file with inode 0.
        var files = BpfInteractive.Vmas.Of(zoo.Pid, new VmaOptions { Engine = engine, FileBackedOnly = true });
        Assert.Equal(all.Where(vma => vma.Device != "00:00").Select(Key), files.Select(Key));
    }

    private static (ulong, string?) Key(Vma vma) => (vma.Start, vma.Path);

    private static void AssertSame(VmaEngine engine, int pid)
    {
        var expected = TextOf(pid);
        var snapshot = BpfInteractive.Vmas.Of(pid, engine);
        Assert.Equal(engine, snapshot.Engine);
        Assert.Equal(expected, snapshot.ToProcMaps());
        Assert.Equal(TextOf(pid), expected);
    }
}
