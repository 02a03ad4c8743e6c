namespace BpfInteractive.Tests.Vmas;

/// <summary>What bpf_find_vma can and cannot do, and what interrupts do to it.</summary>
[Guest]
public sealed class FindVmaTests
{
    [Fact]
    public void Finds_the_VMA_at_an_address_and_no_other()
    {
        RequireFindVma();
        using var sleeper = VmaTargets.QuietSleeper();
        var all = BpfInteractive.Vmas.Of(sleeper.Pid, VmaEngine.ProcMaps);
        foreach (var vma in all.Where(vma => vma.Kind != VmaKind.Vsyscall))
        {
            foreach (var address in new[] { vma.Start, vma.Start + (vma.SizeBytes / 2), vma.End - 1 })
            {
                var found = At(sleeper.Pid, address);
                Assert.Equal(vma.ToString(), Assert.Single(found).ToString());
                Assert.True(found.Taking.OneMoment);
            }
        }
    }

    [Fact]
    public void Does_not_find_the_next_where_there_is_a_hole()
    {
        RequireFindVma();
        using var sleeper = VmaTargets.QuietSleeper();
        var first = BpfInteractive.Vmas.Of(sleeper.Pid, VmaEngine.ProcMaps)[0];
        Assert.Empty(At(sleeper.Pid, first.Start - 1));
    }

    [Fact]
    public void Walks_nothing_and_says_so()
    {
        var error = Assert.Throws<ArgumentException>(() => BpfInteractive.Vmas.Of(1, VmaEngine.FindVma));
        Assert.Contains("cannot walk", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_an_interrupt_it_works_once()
    {
        RequireFindVma();
        using var spinner = Targets.Spinner();
        var report = await VmaInterrupts.TryAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.True(report.Finds > 10, report.ToString());
        Assert.True(report.FindsBusy < report.Finds, report.ToString());
        Assert.True(report.SecondFindsBusy > report.SecondFinds / 2, report.ToString());
        Assert.Contains("EBUSY", report.ToString(), StringComparison.Ordinal);
    }

    private static VmaSnapshot At(int pid, ulong address) => BpfInteractive.Vmas.Of(pid, new VmaOptions { Engine = VmaEngine.FindVma, From = address });

    private static void RequireFindVma() =>
        Require.Feature("find-vma", () => BpfInteractive.Vmas.EngineOf(VmaEngine.FindVma).WhyUnavailable(), new Version(5, 17));
}
