using System.Diagnostics;

namespace BpfInteractive;

/// <summary>What the two engines have in common that work through /proc/PID/maps.</summary>
internal abstract class ProcEngine : IVmaEngine
{
    internal abstract VmaEngine Engine { get; }

    public virtual string? WhyUnavailable() => null;

    public VmaSnapshot Take(int pid, VmaOptions options)
    {
        var began = Stopwatch.GetTimestamp();
        var folder = ProcFolder.Of(pid);
        var facts = ProcessFacts.Read(pid, folder);
        var table = new VmaTable();
        var state = facts.TargetState;
        var (seen, calls, kernelTime, names) = TakeFrom(pid, folder, table, options);
        if (seen == 0 && state != VmaTargetState.KernelThread)
        {
            // The first thread has no address space any more, but another may.
            foreach (var thread in ProcessFacts.OtherThreads(folder))
            {
                (seen, calls, kernelTime, names) = TakeFrom(pid, $"{folder}/task/{thread}", table, options);
                if (seen > 0)
                {
                    state = VmaTargetState.LeaderExited;
                    break;
                }
            }
        }

        if (seen == 0 && state == VmaTargetState.Alive)
        {
            // Neither rows nor a reason: it ended in between.
            state = ProcessFacts.Read(pid, folder).TargetState is var now && now == VmaTargetState.Alive ? VmaTargetState.Exited : now;
        }

        AddVsyscall(table, options);
        var columns = table.ToColumns($"vmas of {pid}", Losses.None);
        var taking = new VmaTaking
        {
            Engine = Engine,
            KernelTime = kernelTime,
            Elapsed = Stopwatch.GetElapsedTime(began),
            Seen = seen,
            Batches = calls,
            OneMoment = false,
            Unknown = VmaEngines.UnknownOf(Engine),
            Notes = Notes(names),
        };
        return new VmaSnapshot(new VmaTarget(pid, facts.Name, state, facts.StartTimeNs), taking, columns);
    }

    private protected abstract int Fill(ProcMapsFile file, VmaTable table, VmaTextNames names, VmaOptions options);

    private protected virtual void AddVsyscall(VmaTable table, VmaOptions options)
    {
    }

    private (int Seen, int Calls, TimeSpan KernelTime, VmaTextNames Names) TakeFrom(int pid, string folder, VmaTable table, VmaOptions options)
    {
        using var file = ProcMapsFile.Open(pid, folder);
        var names = new VmaTextNames(table, folder);
        var seen = Fill(file, table, names, options);
        return (seen, file.Calls, file.KernelTime, names);
    }

    private static string[] Notes(VmaTextNames names) => names.AssumedDeleted == 0
        ? []
        : [$"{names.AssumedDeleted} names end in \" (deleted)\" and no file of that name was found, so they count as deleted"];
}
