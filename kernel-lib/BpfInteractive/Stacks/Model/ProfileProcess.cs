namespace BpfInteractive;

/// <summary>A process between two execs, as it was at first sight: all of it vanishes with the process.</summary>
public sealed record ProfileProcess
{
    /// <summary>The kernel's tgid, in the first pid namespace.</summary>
    public required int Pid { get; init; }

    /// <summary>When it started, on CLOCK_MONOTONIC (ns): tells apart processes that had one pid after another. 0 if unknown.</summary>
    public long StartNs { get; init; }

    /// <summary>How often it had called exec: each time gives a process of its own here.</summary>
    public int Exec { get; init; }

    /// <summary>Its parent's pid; 0 if unknown.</summary>
    public int ParentPid { get; init; }

    /// <summary>Its name (comm), at most 15 bytes.</summary>
    public required string Comm { get; init; }

    /// <summary>The command line, spaces between the arguments; null if unknown.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The cgroup's path under its mount; null if unknown.</summary>
    public string? Cgroup { get; init; }

    /// <summary>The pid in each pid namespace below the first, the innermost last; empty for a process of the first.</summary>
    public IReadOnlyList<int> NamespacePids { get; init; } = [];

    /// <summary>Its address space, as <see cref="ProfileBuilder.AddMm"/> numbered it; -1 for a kernel thread.</summary>
    public int Mm { get; init; } = -1;
}
