namespace BpfInteractive;

/// <summary>
/// Samples stacks with what is needed to name them after their processes are gone: the mappings at their frames, taken in the kernel when the sample is.
/// Needs CAP_BPF and CAP_PERFMON (or root).
/// </summary>
/// <remarks>
/// One sampler serves many readers: <see cref="LiveProfile.Snapshot"/> may be called from any thread. Several samplers, in one process or in several, do not disturb each
/// other; each has its own rings and counts its own losses.
/// </remarks>
public static class Profiler
{
    /// <summary>Samples for a time, or until a command or process ends, and gives what was seen.</summary>
    /// <param name="options">Whom, how often, how long; everything that runs, 99 times a second, until cancelled, unless told.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>; without one <see cref="BpfScope"/>'s.</param>
    /// <exception cref="UnsupportedFeatureException">This machine or this user cannot sample.</exception>
    /// <exception cref="BpfException">The process is gone, or the kernel refuses.</exception>
    public static async Task<Profile> CollectAsync(ProfilerOptions? options = null, CancellationToken cancellationToken = default)
    {
        var token = BpfScope.TokenOr(cancellationToken);
        options ??= new();
        var live = await Task.Run(() => Start(options), token).ConfigureAwait(false);
        await using var owner = live.ConfigureAwait(false);
        await live.WaitForEndAsync(options.Duration, token).ConfigureAwait(false);
        return await live.StopAsync().ConfigureAwait(false);
    }

    /// <summary>Starts sampling; what is seen can be read while it goes on.</summary>
    /// <param name="options">As for <see cref="CollectAsync"/>; the duration is not looked at.</param>
    /// <returns>Dispose it, or call <see cref="LiveProfile.StopAsync"/>. The current <see cref="BpfScope"/> owns it.</returns>
    /// <exception cref="UnsupportedFeatureException">This machine or this user cannot sample.</exception>
    /// <exception cref="BpfException">The process is gone, or the kernel refuses.</exception>
    public static LiveProfile Start(ProfilerOptions? options = null)
    {
        options ??= new();
        options.Validate();
        return LiveProfile.Start(options);
    }
}
