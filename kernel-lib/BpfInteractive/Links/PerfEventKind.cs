namespace BpfInteractive;

/// <summary>The perf events that sampling can count (perf_event_open(2)). Hardware events need a machine that offers its counters.</summary>
public enum PerfEventKind
{
    /// <summary>Time of each CPU, by a timer: sampling everything that runs. Needs no hardware counter.</summary>
    CpuClock,

    /// <summary>Time of the process or thread itself.</summary>
    TaskClock,

    /// <summary>Page faults.</summary>
    PageFaults,

    /// <summary>Context switches.</summary>
    ContextSwitches,

    /// <summary>Moves to another CPU.</summary>
    CpuMigrations,

    /// <summary>Page faults without disk access.</summary>
    MinorFaults,

    /// <summary>Page faults with disk access.</summary>
    MajorFaults,

    /// <summary>Hardware: CPU cycles.</summary>
    CpuCycles,

    /// <summary>Hardware: retired instructions.</summary>
    Instructions,

    /// <summary>Hardware: cache accesses, mostly of the last level.</summary>
    CacheReferences,

    /// <summary>Hardware: cache misses, mostly of the last level.</summary>
    CacheMisses,

    /// <summary>Hardware: retired branches.</summary>
    Branches,

    /// <summary>Hardware: mispredicted branches.</summary>
    BranchMisses,
}
