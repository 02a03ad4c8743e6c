using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>What the kernel said to walks and look-ups that were tried in interrupts.</summary>
/// <param name="Samples">Interrupts in which something was tried.</param>
/// <param name="Walks">Open-coded walks tried; 0 where the kernel has none.</param>
/// <param name="WalksBusy">Those that got EBUSY.</param>
/// <param name="Finds">First bpf_find_vma of an interrupt.</param>
/// <param name="FindsBusy">Those that got EBUSY.</param>
/// <param name="SecondFinds">A second bpf_find_vma in the same interrupt.</param>
/// <param name="SecondFindsBusy">Those that got EBUSY.</param>
public sealed record VmaInterruptReport(long Samples, long Walks, long WalksBusy, long Finds, long FindsBusy, long SecondFinds, long SecondFindsBusy)
{
    /// <summary>Why, and what to use instead.</summary>
    public const string Why =
        "in an interrupt the kernel cannot let go of mmap_lock at once: it leaves that to an irq_work, of which each CPU has one, and says EBUSY while that is under way " +
        "(since 6.18 the iterator says so whenever interrupts are off). Defer the walk: bpf_task_work_schedule_resume (Linux 6.18) runs it before the task returns " +
        "to user space; without it send the pid through a ring buffer and call Vmas.Of there";

    /// <summary>"open-coded: EBUSY in 120 of 120 walks; find-vma: EBUSY in 0 of 121 first look-ups and 121 of 121 second ones".</summary>
    public override string ToString() => FormattableString.Invariant(
        $"open-coded: EBUSY in {WalksBusy} of {Walks} walks; find-vma: EBUSY in {FindsBusy} of {Finds} first look-ups and {SecondFindsBusy} of {SecondFinds} second ones; {Why}");
}

/// <summary>Tries the engines where none of them belongs: in an interrupt. See bpf/vma_interrupt.bpf.c.</summary>
public static class VmaInterrupts
{
    /// <summary>Samples every CPU's clock for a while, tries a walk or two look-ups in each sample, and counts what the kernel says.</summary>
    /// <param name="duration">How long; idle CPUs give no samples with an address space.</param>
    /// <param name="cancellationToken">Ends it early; the counts so far are lost.</param>
    /// <exception cref="UnsupportedFeatureException">This machine or the caller cannot sample.</exception>
    public static async Task<VmaInterruptReport> TryAsync(TimeSpan duration, CancellationToken cancellationToken = default)
    {
        var loaded = OpenBpfObject.Open(EmbeddedPrograms.Open("vma_interrupt"), "vma_interrupt").Load();
        await using var owner = loaded.ConfigureAwait(false);
        using var counts = new MappedTable<Counts>(loaded.Maps["vma_interrupts"]);
        var link = loaded.Programs[0].AttachPerfEvent(new() { Frequency = 999 });
        await using (link.ConfigureAwait(false))
        {
            await Task.Delay(duration, BpfScope.TokenOr(cancellationToken)).ConfigureAwait(false);
        }

        return Report(counts.Take(1)[0]);
    }

    private static VmaInterruptReport Report(in Counts counts) => new(
        counts.Samples, counts.Walks, counts.WalksBusy, counts.Finds, counts.FindsBusy, counts.SecondFinds, counts.SecondFindsBusy);

    /// <summary>struct vma_interrupt_counts.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Counts
    {
        internal long Samples;
        internal long Walks;
        internal long WalksBusy;
        internal long Finds;
        internal long FindsBusy;
        internal long SecondFinds;
        internal long SecondFindsBusy;
        internal long Vmas;
    }
}
