namespace BpfInteractive.Exited.Captures;

/// <summary>What a capture came to.</summary>
/// <param name="Leaves">The user-mode samples' leaves, of every process on the machine.</param>
/// <param name="Losses">What was lost, by name.</param>
public sealed record CaptureResult(IReadOnlyList<Leaf> Leaves, IReadOnlyDictionary<string, long> Losses);

/// <summary>One profiler under test: it samples the whole machine from the end of <see cref="StartAsync"/> to <see cref="StopAsync"/>.</summary>
public interface ICapture : IAsyncDisposable
{
    /// <summary>The name for the report.</summary>
    string Name { get; }

    /// <summary>Starts; when it is done, samples are being taken.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Stops and names.</summary>
    Task<CaptureResult> StopAsync(CancellationToken cancellationToken);
}
