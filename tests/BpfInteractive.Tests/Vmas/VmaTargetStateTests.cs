namespace BpfInteractive.Tests.Vmas;

/// <summary>Processes that are gone, going, or of another kind: a clear result by every engine.</summary>
[Guest]
public sealed class VmaTargetStateTests
{
    public static TheoryData<VmaEngine> Engines => [.. VmaEngines.Available];

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_process_that_is_gone(VmaEngine engine)
    {
        var pid = Targets.DeadPid();
        var error = Assert.Throws<BpfException>(() => BpfInteractive.Vmas.Of(pid, engine));
        Assert.Equal(3, error.Errno);
        Assert.Contains($"process {pid}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_kernel_thread(VmaEngine engine)
    {
        Assert.SkipUnless(File.ReadAllText("/proc/2/comm").Trim() == "kthreadd", "pid 2 is no kernel thread here");
        var snapshot = BpfInteractive.Vmas.Of(2, engine);
        Assert.Equal((0, VmaTargetState.KernelThread, "kthreadd"), (snapshot.Count, snapshot.Process.State, snapshot.Process.Name));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_zombie(VmaEngine engine)
    {
        // The shell's child ends, and the shell, which has become sleep, never waits for it.
        using var parent = TestProcess.Start("/bin/sh", "-c", "/bin/true & exec /bin/sleep infinity");
        var zombie = ZombieOf(parent.Pid);
        var snapshot = BpfInteractive.Vmas.Of(zombie, engine);
        Assert.Equal((0, VmaTargetState.Exited), (snapshot.Count, snapshot.Process.State));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_process_that_maps_and_unmaps_all_the_time(VmaEngine engine)
    {
        using var churn = await VmaTargets.ReadyAsync("vma_churn");
        for (var round = 0; round < 20; round++)
        {
            var snapshot = BpfInteractive.Vmas.Of(churn.Pid, engine);
            var starts = snapshot.Columns.Values<ulong>("start").ToArray();
            var ends = snapshot.Columns.Values<ulong>("end").ToArray();

            // In order, and never two rows for one address.
            Assert.True(starts.Skip(1).Zip(ends, (start, end) => start >= end).All(inOrder => inOrder), snapshot.ToProcMaps());

            // What did not change meanwhile is there.
            Assert.Equal(64, starts.Count(start => start >= 0x200000000000 && start < 0x200000000000 + (64 * 0x10000000UL) && start % 0x10000000 == 0));
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void The_start_time_tells_a_process_from_a_later_one_of_the_same_pid(VmaEngine engine)
    {
        using var sleeper = VmaTargets.QuietSleeper();
        var byText = BpfInteractive.Vmas.Of(sleeper.Pid, VmaEngine.ProcMaps).Process;
        var process = BpfInteractive.Vmas.Of(sleeper.Pid, engine).Process;
        Assert.True(process.IsSameProcessAs(byText));
        Assert.False(process.IsSameProcessAs(byText with { StartTimeNs = byText.StartTimeNs + 50_000_000 }));
        Assert.Equal("sleep", process.Name);
    }

    [Theory]
    [InlineData(VmaEngine.OpenCoded)]
    [InlineData(VmaEngine.Callback)]
    [InlineData(VmaEngine.FindVmaNext)]
    public async Task A_walk_that_does_not_fit_goes_on_where_it_stopped(VmaEngine engine)
    {
        Require.Feature(VmaEngines.NameOf(engine), () => BpfInteractive.Vmas.EngineOf(engine).WhyUnavailable(), new Version(6, 7));
        using var folder = new TemporaryFolder();
        using var zoo = await VmaTargets.ZooAsync(folder.FullName);
        var whole = BpfInteractive.Vmas.Of(zoo.Pid, engine);
        var parts = BpfInteractive.Vmas.Of(zoo.Pid, new VmaOptions { Engine = engine, BatchSize = 7 });
        Assert.Equal(whole.ToProcMaps(), parts.ToProcMaps());
        Assert.Equal(1, whole.Taking.Batches);
        Assert.Equal((whole.Taking.Seen + 6) / 7, parts.Taking.Batches);
        Assert.False(parts.Taking.OneMoment);
    }

    /// <summary>What auto asks /proc when a program is not shown a process. (A kernel that hides one cannot be had here.)</summary>
    [Fact]
    public void What_proc_lists()
    {
        Assert.True(ProcFolder.Lists(Environment.ProcessId));
        Assert.False(ProcFolder.Lists(Targets.DeadPid()));
        var thread = Directory.GetDirectories("/proc/self/task").Select(Path.GetFileName).Select(int.Parse!).First(tid => tid != Environment.ProcessId);
        Assert.True(Directory.Exists($"/proc/{thread}"));
        Assert.False(ProcFolder.Lists(thread));
    }

    [Fact]
    public void All_processes_are_read_at_once()
    {
        using var sleeper = VmaTargets.QuietSleeper();
        foreach (var engine in new[] { VmaEngine.Auto, VmaEngine.TaskVmaIterator, VmaEngine.ProcMaps })
        {
            if (engine != VmaEngine.Auto && !VmaEngines.Available.Contains(engine))
            {
                continue;
            }

            var all = BpfInteractive.Vmas.OfAll(new VmaOptions { Engine = engine });
            Assert.Equal(EnginesAgreeTests.TextOf(sleeper.Pid), all.Find(sleeper.Pid)!.ToProcMaps());
            Assert.Equal(all.Select(snapshot => snapshot.Pid).Order().Distinct(), all.Select(snapshot => snapshot.Pid));
            Assert.NotNull(all.Find(Environment.ProcessId));
            Assert.Equal(all.Sum(snapshot => snapshot.Count), all.Columns.RowCount);
            Assert.Equal(["pid", "process", "start"], all.Columns.Take(3).Select(column => column.Name));
        }
    }

    [Fact]
    public void Auto_takes_the_best_and_says_what_it_passed_over()
    {
        var snapshot = BpfInteractive.Vmas.Self();
        VmaEngine[] order = [VmaEngine.OpenCoded, VmaEngine.TaskVmaIterator, VmaEngine.ProcmapQuery, VmaEngine.ProcMaps];
        Assert.Equal(order.First(VmaEngines.Available.Contains), snapshot.Engine);
        foreach (var passedOver in order.TakeWhile(engine => engine != snapshot.Engine))
        {
            Assert.Contains(snapshot.Taking.Notes, note => note.Contains(VmaEngines.NameOf(passedOver), StringComparison.Ordinal));
        }
    }

    [Fact]
    [AsUser]
    public void An_ordinary_user_reads_own_processes_and_is_told_why_not_others()
    {
        Require.OrdinaryUser();
        using var sleeper = Targets.Sleeper();
        var snapshot = BpfInteractive.Vmas.Of(sleeper.Pid);
        Assert.True(snapshot.Count > 5);
        Assert.Contains(snapshot.Engine, new[] { VmaEngine.ProcmapQuery, VmaEngine.ProcMaps });
        Assert.NotEmpty(snapshot.Taking.Notes);
        var error = Assert.Throws<BpfException>(() => BpfInteractive.Vmas.Of(1));
        Assert.Contains("CAP_SYS_PTRACE", error.Message, StringComparison.Ordinal);
        Assert.Throws<UnsupportedFeatureException>(() => BpfInteractive.Vmas.Of(sleeper.Pid, VmaEngine.OpenCoded));
    }

    private static int ZombieOf(int parent)
    {
        for (var tries = 0; tries < 500; tries++)
        {
            var children = File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (children.Length == 1 && File.ReadAllText($"/proc/{children[0]}/stat").Contains(") Z ", StringComparison.Ordinal))
            {
                return int.Parse(children[0], System.Globalization.CultureInfo.InvariantCulture);
            }

            Thread.Sleep(20);
        }

        throw new TimeoutException("the child never became a zombie");
    }
}
