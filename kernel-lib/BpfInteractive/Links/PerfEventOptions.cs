namespace BpfInteractive;

/// <summary>What a perf_event program samples, where, and how often.</summary>
/// <example><code>program.AttachPerfEvent(new() { Frequency = 499 });            // every CPU
/// program.AttachPerfEvent(new() { Frequency = 499, Pid = 1234 });   // one process with its threads</code></example>
public sealed record PerfEventOptions
{
    /// <summary>What is counted.</summary>
    public PerfEventKind Event { get; init; } = PerfEventKind.CpuClock;

    /// <summary>Samples a second, on average; the kernel adapts the period to it. Null when <see cref="Period"/> says how often.</summary>
    public int? Frequency { get; init; }

    /// <summary>Events from one sample to the next (nanoseconds for the clocks). Null when <see cref="Frequency"/> says how often.</summary>
    public ulong? Period { get; init; }

    /// <summary>One process with all its threads, those to come included (a pid of the caller's pid namespace); null for whole CPUs.</summary>
    public int? Pid { get; init; }

    /// <summary>With <see cref="Pid"/>: the processes that it forks too.</summary>
    public bool IncludeChildren { get; init; }

    /// <summary>One thread alone; null for a process or whole CPUs.</summary>
    public int? Tid { get; init; }

    /// <summary>The CPUs; null for all that are online. Only without <see cref="Pid"/> and <see cref="Tid"/>.</summary>
    public IReadOnlyList<int>? Cpus { get; init; }

    /// <summary>What <c>bpf_get_attach_cookie()</c> gives the program; needs Linux 5.15 when not 0.</summary>
    public ulong Cookie { get; init; }

    internal bool IsHardware => Event >= PerfEventKind.CpuCycles;

    internal string Target => (Pid, Tid) switch
    {
        (null, null) => $"{Event} on {(Cpus is null ? "every CPU" : $"CPU {string.Join(", ", Cpus)}")}",
        (_, null) => $"{Event} of process {Pid}",
        _ => $"{Event} of thread {Tid}",
    };

    internal void Validate()
    {
        if (Frequency is not null && Period is not null)
        {
            throw new ArgumentException("give a Frequency or a Period, not both");
        }

        if (Frequency is <= 0 || Period is 0)
        {
            throw new ArgumentException("Frequency and Period are greater than 0");
        }

        if (Pid is not null && Tid is not null)
        {
            throw new ArgumentException("give a Pid or a Tid, not both");
        }

        if (Cpus is not null && (Pid is not null || Tid is not null))
        {
            throw new ArgumentException("Cpus go without Pid and Tid: a process is sampled wherever it runs");
        }
    }
}
