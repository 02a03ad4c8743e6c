namespace BpfInteractive.Cli.Profiling;

/// <summary>What <c>bpfi symbolize</c> was asked for.</summary>
internal sealed record SymbolizeRequest
{
    private const double LongestTimeout = 1e6;

    internal required ProfileRequest Profile { get; init; }

    internal string? Urls { get; init; }

    internal bool Offline { get; init; }

    internal string? Cache { get; init; }

    internal long? CacheMegabytes { get; init; }

    internal double? TimeoutSeconds { get; init; }

    /// <exception cref="ArgumentException">It cannot be meant.</exception>
    internal DebuginfodOptions ToOptions(IProgress<DebuginfodProgress> progress)
    {
        if (Offline && Urls is not null)
        {
            throw new ArgumentException("--offline asks no server: --debuginfod does not go with it");
        }

        if (CacheMegabytes is < 1 or > 1 << 30)
        {
            throw new ArgumentException($"--cache-size {CacheMegabytes} is not a number of megabytes above 0");
        }

        if (TimeoutSeconds is { } seconds and not (> 0 and < LongestTimeout))
        {
            throw new ArgumentException(FormattableString.Invariant($"--timeout {seconds} is not a number of seconds above 0"));
        }

        var options = DebuginfodOptions.FromEnvironment();
        return options with
        {
            Urls = Urls is null ? options.Urls : DebuginfodOptions.SplitUrls(Urls),
            Offline = Offline,
            CacheFolder = Cache,
            CacheBytes = CacheMegabytes * 1_000_000 ?? options.CacheBytes,
            Timeout = TimeoutSeconds is { } given ? TimeSpan.FromSeconds(given) : options.Timeout,
            Progress = progress,
        };
    }
}
