using System.Collections.Concurrent;

namespace BpfInteractive;

/// <summary>Finds files by build id: among those kept, else on the servers. Each file is asked for once in a client's life, whatever came of it.</summary>
/// <remarks>Thread-safe. A server that fails time after time is left out.</remarks>
internal sealed class DebuginfodClient
{
    /// <summary>The separate debug file, by the name that the protocol has for it (debuginfod(8), WEBAPI).</summary>
    internal const string DebugFile = "debuginfo";

    /// <summary>The program or library itself.</summary>
    internal const string Executable = "executable";

    private const int MostFailuresInARow = 3;
    private const int MostFailuresTold = 5;

    private readonly DebuginfodOptions _options;
    private readonly DebuginfodCache _cache;
    private readonly DebuginfodDownload _download;
    private readonly string _servers;
    private readonly ConcurrentDictionary<(BuildId BuildId, string Kind), Lazy<Task<Answer>>> _answers = new();
    private readonly ConcurrentDictionary<string, int> _failuresInARow = new();
    private readonly List<string> _failures = [];
    private int _asked;
    private int _fetched;
    private int _kept;
    private int _missing;
    private int _failed;
    private long _bytes;

    /// <exception cref="ArgumentException">The options cannot be meant.</exception>
    /// <exception cref="IOException">The folder for what is fetched cannot be made.</exception>
    internal DebuginfodClient(DebuginfodOptions options)
    {
        options.Validate();
        _options = options;
        _cache = new DebuginfodCache(options);
        _download = new DebuginfodDownload(options, count =>
        {
            Interlocked.Add(ref _bytes, count);
            Tell();
        });
        _servers = string.Join('\n', options.Urls);
    }

    /// <summary>A file's path; else why there is none: <see cref="FrameReason.None"/> where nobody was asked.</summary>
    internal readonly record struct Answer(string? Path, FrameReason Reason);

    internal DebuginfodCounts Counts
    {
        get
        {
            lock (_failures)
            {
                return new DebuginfodCounts(_fetched, _kept, _missing, _failed, Interlocked.Read(ref _bytes), [.. _failures]);
            }
        }
    }

    /// <summary>Finds a file, and waits for it.</summary>
    internal Answer Find(BuildId buildId, string kind, CancellationToken token) => Task.Run(() => FindAsync(buildId, kind, token), token).GetAwaiter().GetResult();

    private async Task<Answer> FindAsync(BuildId buildId, string kind, CancellationToken token)
    {
        var key = (buildId, kind);
        var asking = _answers.GetOrAdd(key, _ => new Lazy<Task<Answer>>(() => AskAsync(buildId, kind, token)));
        try
        {
            return await asking.Value.ConfigureAwait(false);
        }
        catch
        {
            _answers.TryRemove(new(key, asking));
            throw;
        }
    }

    private async Task<Answer> AskAsync(BuildId buildId, string kind, CancellationToken token)
    {
        if (_cache.Find(buildId, kind) is { } kept)
        {
            if (IsBuild(kept, buildId))
            {
                Interlocked.Increment(ref _kept);
                return new Answer(kept, FrameReason.None);
            }

            _cache.Drop(buildId, kind);
        }

        if (_options.Offline || _options.Urls.Count == 0)
        {
            return default;
        }

        if (_cache.IsMissing(buildId, kind, _servers))
        {
            Interlocked.Increment(ref _missing);
            return new Answer(null, FrameReason.NotOnServer);
        }

        Interlocked.Increment(ref _asked);
        Tell();
        var answer = await FetchAsync(buildId, kind, token).ConfigureAwait(false);
        Tell();
        return answer;
    }

    private async Task<Answer> FetchAsync(BuildId buildId, string kind, CancellationToken token)
    {
        var hasFailed = false;
        foreach (var server in _options.Urls)
        {
            if (_failuresInARow.GetValueOrDefault(server) >= MostFailuresInARow)
            {
                hasFailed = true;
                continue;
            }

            var part = _cache.NewPart();
            var outcome = await _download.GetAsync(server, buildId, kind, part, token).ConfigureAwait(false);
            _failuresInARow[server] = outcome.IsServerDown ? _failuresInARow.GetValueOrDefault(server) + 1 : 0;
            if (outcome.IsFound)
            {
                Interlocked.Increment(ref _fetched);
                return new Answer(_cache.Keep(part, buildId, kind), FrameReason.None);
            }

            hasFailed |= outcome.Failure is not null;
            Note(server, outcome.Failure);
        }

        if (hasFailed)
        {
            Interlocked.Increment(ref _failed);
            return new Answer(null, FrameReason.FetchFailed);
        }

        Interlocked.Increment(ref _missing);
        _cache.SetMissing(buildId, kind, _servers);
        return new Answer(null, FrameReason.NotOnServer);
    }

    // Another process, or somebody else, may have put it there.
    private static bool IsBuild(string path, BuildId buildId)
    {
        try
        {
            using var file = ElfFile.Open(path);
            return file.ReadBuildId() == buildId;
        }
        catch (Exception error) when (error is SymbolFileException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Note(string server, string? failure)
    {
        lock (_failures)
        {
            if (failure is not null && $"{server}: {failure}" is var line && _failures.Count < MostFailuresTold && !_failures.Contains(line))
            {
                _failures.Add(line);
            }
        }
    }

    private void Tell() => _options.Progress?.Report(new DebuginfodProgress(_asked, _fetched + _missing + _failed, Interlocked.Read(ref _bytes)));
}
