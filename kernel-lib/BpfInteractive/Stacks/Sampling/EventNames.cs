namespace BpfInteractive;

/// <summary>perf's names of the events.</summary>
internal static class EventNames
{
    /// <summary>The event of a name; null when there is none.</summary>
    internal static PerfEventKind? Find(string name)
    {
        foreach (var kind in Enum.GetValues<PerfEventKind>())
        {
            if (Of(kind) == name)
            {
                return kind;
            }
        }

        return null;
    }

    internal static string Of(PerfEventKind kind) => kind switch
    {
        PerfEventKind.CpuClock => "cpu-clock",
        PerfEventKind.TaskClock => "task-clock",
        PerfEventKind.PageFaults => "page-faults",
        PerfEventKind.ContextSwitches => "context-switches",
        PerfEventKind.CpuMigrations => "cpu-migrations",
        PerfEventKind.MinorFaults => "minor-faults",
        PerfEventKind.MajorFaults => "major-faults",
        PerfEventKind.CpuCycles => "cycles",
        PerfEventKind.Instructions => "instructions",
        PerfEventKind.CacheReferences => "cache-references",
        PerfEventKind.CacheMisses => "cache-misses",
        PerfEventKind.Branches => "branches",
        PerfEventKind.BranchMisses => "branch-misses",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such perf event"),
    };
}
