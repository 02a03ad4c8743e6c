namespace BpfInteractive.Cli.Profiling;

/// <summary>What <c>bpfi profile</c> was asked for.</summary>
internal sealed record ProfileRequest
{
    private const double LongestSeconds = 1e6;

    internal int? Pid { get; init; }

    internal int? Tid { get; init; }

    internal string? Cgroup { get; init; }

    internal int? Frequency { get; init; }

    internal double? Duration { get; init; }

    internal bool UserOnly { get; init; }

    internal bool KernelOnly { get; init; }

    internal string? Format { get; init; }

    internal string? Output { get; init; }

    internal string? Open { get; init; }

    internal string? Compare { get; init; }

    internal string? Comm { get; init; }

    internal string? Function { get; init; }

    internal int Rows { get; init; }

    internal IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Before anything is started: what cannot be meant.</summary>
    /// <exception cref="ArgumentException">It is told.</exception>
    internal void Validate()
    {
        if (UserOnly && KernelOnly)
        {
            throw new ArgumentException("--user and --kernel exclude each other; without either both kinds of stack are taken");
        }

        if (Duration is { } seconds and not (> 0 and < LongestSeconds))
        {
            throw new ArgumentException(FormattableString.Invariant($"--duration {seconds} is not a number of seconds above 0"));
        }

        if (Open is not null && (Command.Count > 0 || Frequency is not null || Duration is not null || Cgroup is not null))
        {
            throw new ArgumentException("--open shows what was saved: --frequency, --duration, --cgroup and a command do not go with it");
        }

        if (Command.Count > 0 && (Pid ?? Tid) is not null)
        {
            throw new ArgumentException("a command is sampled by itself: --pid and --tid do not go with it");
        }
    }

    internal ProfilerOptions ToOptions() => new()
    {
        Pid = Pid,
        Tid = Tid,
        Cgroup = Cgroup,
        Frequency = Frequency,
        Duration = Duration is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        User = !KernelOnly,
        Kernel = !UserOnly,
        Command = Command.Count > 0 ? Command : null,
    };

    /// <summary>What is shown of the samples; null for all. Samples taken now are of the right process already.</summary>
    internal ProfileFilter? ToFilter() => (Comm ?? Function) is null && (Open is null || (Pid ?? Tid) is null)
        ? null
        : new ProfileFilter { Pid = Open is null ? null : Pid, Tid = Open is null ? null : Tid, Comm = Comm, Function = Function };
}
