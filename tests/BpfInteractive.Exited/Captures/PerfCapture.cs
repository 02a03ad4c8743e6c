using BpfInteractive.Exited.Workload;

namespace BpfInteractive.Exited.Captures;

/// <summary>
/// The peer: <c>perf record --buildid-mmap</c>, which streams every mapping of every process. It is given what helps it: the targets' files are in
/// its build-id cache, so that it can name copies that are gone.
/// </summary>
public sealed class PerfCapture(TargetFolder targets, int frequency) : ICapture
{
    private readonly PerfRecorder _recorder = new();

    public string Name => "perf --buildid-mmap";

    public Task StartAsync(CancellationToken cancellationToken) =>
        _recorder.StartAsync(["--event", "cpu-clock", "--freq", $"{frequency}", "-g", "--buildid-mmap"], cancellationToken);

    public async Task<CaptureResult> StopAsync(CancellationToken cancellationToken)
    {
        await _recorder.StopAsync(cancellationToken);
        var cache = Directory.CreateTempSubdirectory("bpfi-perf-").FullName;
        try
        {
            var files = string.Join(',', targets.Files.Keys.Select(name => targets[name]));
            await Command.OutputAsync("perf", ["--buildid-dir", cache, "buildid-cache", "--add", files], cancellationToken);
            var leaves = new List<Leaf>();
            await Command.LinesAsync(
                line => AddTo(leaves, PerfScriptParser.Parse(line)),
                "perf", ["--buildid-dir", cache, "script", "-i", _recorder.File, "--ns", "-G", "--no-inline", "-F", PerfScriptParser.Fields], cancellationToken);
            return new(leaves, new Dictionary<string, long>());
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    public ValueTask DisposeAsync() => _recorder.DisposeAsync();

    private static void AddTo(List<Leaf> leaves, Leaf? leaf)
    {
        if (leaf is not null)
        {
            leaves.Add(leaf);
        }
    }
}
