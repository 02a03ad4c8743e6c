namespace BpfInteractive.Exited.Captures;

/// <summary>The project's own sampler.</summary>
public sealed class ProfilerCapture(int frequency) : ICapture
{
    private LiveProfile? _live;

    public string Name => "bpfi profile";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _live = Profiler.Start(new() { Frequency = frequency });
        return Task.CompletedTask;
    }

    public async Task<CaptureResult> StopAsync(CancellationToken cancellationToken)
    {
        var profile = await _live!.StopAsync();
        return new(ProfileLeaves.Of(profile, _live.WasPinned), profile.Losses.ToDictionary(loss => loss.Name, loss => loss.Count));
    }

    public ValueTask DisposeAsync() => _live?.DisposeAsync() ?? ValueTask.CompletedTask;
}
