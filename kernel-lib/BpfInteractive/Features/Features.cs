namespace BpfInteractive;

/// <summary>
/// What this machine can do, found by trying: each program kind is loaded and attached for a moment, each map type made, each kernel
/// function called. Every question is asked at most once in a process, when it is first needed. Thread-safe.
/// </summary>
public static class Features
{
    private const int Workers = 8;

    private static readonly FeatureProbe[] Probes =
    [
        .. KernelStateProbes.All,
        .. ProgramProbes.All,
        .. NetworkProbes.All,
        .. MapProbes.All,
        .. FunctionProbes.All,
        .. ToolProbes.All,
        .. MountProbes.All,
        .. CapabilityProbes.All,
        .. SettingProbes.All,
    ];

    private static readonly Dictionary<string, FeatureProbe> ByName = Probes.ToDictionary(probe => probe.Name, StringComparer.Ordinal);

    /// <summary>The names of all features, in the order in which doctor shows them. Asking for them probes nothing.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Probes.Select(probe => probe.Name)];

    /// <summary>One feature's state.</summary>
    /// <param name="name">A name of <see cref="Names"/>: <c>fentry</c>, <c>ringbuf</c>, <c>bpf_find_vma</c>, <c>clang</c>.</param>
    /// <exception cref="ArgumentException">There is no feature of this name.</exception>
    public static FeatureState Probe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ByName.TryGetValue(name, out var probe)
            ? probe.State
            : throw new ArgumentException($"no feature '{name}': {NearestName.Advice(name, Names, "features")}", nameof(name));
    }

    /// <summary>Whether a feature can be used here.</summary>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    public static bool Has(string name) => Probe(name).Available;

    /// <summary>Passes if a feature can be used here; throws with the reason that doctor gives otherwise.</summary>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    /// <exception cref="UnsupportedFeatureException">It cannot be used.</exception>
    public static void Require(string name)
    {
        var state = Probe(name);
        if (!state.Available)
        {
            throw state.ToException();
        }
    }

    /// <summary>Every feature's state, in the order of <see cref="Names"/>. Takes some tenths of a second the first time: detaching is slow.</summary>
    /// <param name="cancellationToken">Ends the wait between two probes.</param>
    public static Task<IReadOnlyList<FeatureState>> AllAsync(CancellationToken cancellationToken = default) =>
        Task.Run(() => All(cancellationToken), cancellationToken);

    /// <summary>
    /// The state of the feature behind a program's section: <c>fentry/vfs_read</c> is answered by <c>fentry</c>. Null where no probe
    /// stands for the section.
    /// </summary>
    /// <param name="section">What the program's SEC() says.</param>
    public static FeatureState? Explain(string section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return SectionKind.FeatureOf(section) is { } name ? Probe(name) : null;
    }

    private static IReadOnlyList<FeatureState> All(CancellationToken cancellationToken)
    {
        // Detaching waits for the kernel's grace periods, and those of several programs overlap.
        Parallel.ForEach(
            System.Collections.Concurrent.Partitioner.Create(Probes, System.Collections.Concurrent.EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = cancellationToken },
            probe => _ = probe.State);
        return [.. Probes.Select(probe => probe.State)];
    }
}
