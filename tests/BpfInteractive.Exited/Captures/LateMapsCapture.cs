using BpfInteractive.Exited.Workload;

namespace BpfInteractive.Exited.Captures;

/// <summary>
/// The problem itself: bare addresses, and /proc/PID/maps read a little later; names are looked up at the end in the files that then have these paths.
/// </summary>
public sealed class LateMapsCapture(TargetFolder targets, int frequency, TimeSpan delay) : ICapture
{
    private readonly PerfRecorder _recorder = new();
    private readonly LateMaps _maps = new(delay);
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<string, TargetFile?> _files = [];
    private Task? _watching;

    public string Name => $"/proc/PID/maps, {delay.TotalMilliseconds} ms late";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _recorder.StartAsync(["--event", "cpu-clock", "--freq", $"{frequency}"], cancellationToken);
        _watching = Task.Run(() => _maps.WatchAsync(_end.Token), CancellationToken.None);
    }

    public async Task<CaptureResult> StopAsync(CancellationToken cancellationToken)
    {
        await _recorder.StopAsync(cancellationToken);
        await _end.CancelAsync();
        await _watching!;
        var samples = new List<Leaf>();
        await Command.LinesAsync(
            line => AddTo(samples, PerfScriptParser.Parse(line)),
            "perf", ["script", "-i", _recorder.File, "--ns", "-G", "--no-inline", "-F", PerfScriptParser.Fields], cancellationToken);
        var leaves = new List<Leaf>();
        foreach (var sample in samples)
        {
            leaves.Add(await NameAsync(sample, cancellationToken));
        }

        return new(leaves, new Dictionary<string, long>());
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        if (_watching is not null)
        {
            await _watching;
        }

        _end.Dispose();
        await _recorder.DisposeAsync();
    }

    private async Task<Leaf> NameAsync(Leaf sample, CancellationToken cancellationToken)
    {
        var bare = new Leaf(sample.TimeNs, sample.Pid, sample.Tid, sample.Address);
        if (_maps.Find(sample.Pid, sample.Address!.Value) is not { } line)
        {
            return bare with { Reason = "unmapped" };
        }

        var offset = sample.Address.Value - line.Start + line.Offset;
        var file = await FileAsync(line.Path, cancellationToken);
        var name = file?.At(offset);
        return bare with
        {
            IsMapped = true,
            Path = line.Path,
            FileOffset = line.Path.StartsWith('/') ? offset : null,
            BuildId = file?.BuildId,
            Name = name,
            Reason = name is not null ? null : File.Exists(line.Path) ? "no symbol" : "file gone",
        };
    }

    // Only the targets' own files are looked up: no other name is judged.
    private async Task<TargetFile?> FileAsync(string path, CancellationToken cancellationToken)
    {
        if (!_files.TryGetValue(path, out var file))
        {
            string[] folders = [targets.FullName, "/tmp/exited-"];
            var isTarget = folders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal));
            file = isTarget && File.Exists(path) ? await TargetFile.ReadAsync(path, cancellationToken) : null;
            _files.Add(path, file);
        }

        return file;
    }

    private static void AddTo(List<Leaf> leaves, Leaf? leaf)
    {
        if (leaf is not null)
        {
            leaves.Add(leaf);
        }
    }
}
