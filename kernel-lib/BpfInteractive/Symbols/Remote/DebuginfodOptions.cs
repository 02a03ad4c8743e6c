using System.Globalization;

namespace BpfInteractive;

/// <summary>
/// Where a <see cref="Symbolizer"/> fetches debug files that are not on this machine: servers that give them by build id (debuginfod(8)), and a folder that keeps what came.
/// </summary>
public sealed record DebuginfodOptions
{
    private const string UrlsVariable = "DEBUGINFOD_URLS";

    /// <summary>The servers, each a URL of http or https, asked in this order.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>Whether no server is asked, and only what was fetched before is used.</summary>
    public bool Offline { get; init; }

    /// <summary>Where files are kept; null for <c>$XDG_CACHE_HOME/bpfi/debuginfod</c> or <c>~/.cache/bpfi/debuginfod</c>, and for root <c>/var/cache/bpfi/debuginfod</c>.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>How many bytes are kept there; the least recently used file goes first.</summary>
    public long CacheBytes { get; init; } = 4L << 30;

    /// <summary>The largest file that is fetched.</summary>
    public long LargestFileBytes { get; init; } = 2L << 30;

    /// <summary>How long a server may take for its answer, and for each 100 kB of it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long one file may take.</summary>
    public TimeSpan LongestTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How many files are fetched at once.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>For how long a file that no server had is not asked for again.</summary>
    public TimeSpan MissingFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Told how far it is, from several threads.</summary>
    public IProgress<DebuginfodProgress>? Progress { get; init; }

    /// <summary>
    /// As the environment says: DEBUGINFOD_URLS (parted by spaces), DEBUGINFOD_TIMEOUT and DEBUGINFOD_MAXTIME (seconds), DEBUGINFOD_MAXSIZE (bytes). A number that is none, or 0, is
    /// left out.
    /// </summary>
    public static DebuginfodOptions FromEnvironment()
    {
        var options = new DebuginfodOptions { Urls = SplitUrls(Environment.GetEnvironmentVariable(UrlsVariable)) };
        return options with
        {
            Timeout = Number("DEBUGINFOD_TIMEOUT") is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Timeout,
            LongestTime = Number("DEBUGINFOD_MAXTIME") is { } most ? TimeSpan.FromSeconds(most) : options.LongestTime,
            LargestFileBytes = Number("DEBUGINFOD_MAXSIZE") ?? options.LargestFileBytes,
        };
    }

    /// <summary>The URLs in a text like that of DEBUGINFOD_URLS.</summary>
    public static IReadOnlyList<string> SplitUrls(string? text) => (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    internal void Validate()
    {
        foreach (var url in Urls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
            {
                throw new ArgumentException($"'{url}' is no URL of a debuginfod server: it should begin with http:// or https://");
            }
        }

        if (Parallel < 1 || CacheBytes < 1 || LargestFileBytes < 1 || Timeout <= TimeSpan.Zero || LongestTime <= TimeSpan.Zero)
        {
            throw new ArgumentException("Parallel, CacheBytes, LargestFileBytes, Timeout and LongestTime of debuginfod are greater than 0");
        }
    }

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= int.MaxValue * 1000L
            && (!variable.EndsWith("TIME", StringComparison.Ordinal) && !variable.EndsWith("TIMEOUT", StringComparison.Ordinal) || value < 1_000_000) ? value : null;
}

/// <summary>How far fetching is.</summary>
/// <param name="Asked">Files asked for so far.</param>
/// <param name="Answered">Those of them that came, or are not to be had.</param>
/// <param name="Bytes">Bytes that came.</param>
public readonly record struct DebuginfodProgress(int Asked, int Answered, long Bytes);

/// <summary>What came of asking debuginfod.</summary>
/// <param name="Fetched">Files that a server sent.</param>
/// <param name="Kept">Files that were fetched before.</param>
/// <param name="NotThere">Files that no server has.</param>
/// <param name="Failed">Files that could not be had: the servers did not answer, or sent something else.</param>
/// <param name="Bytes">Bytes that came.</param>
/// <param name="Failures">What went wrong, each once, with the server.</param>
public sealed record DebuginfodCounts(int Fetched, int Kept, int NotThere, int Failed, long Bytes, IReadOnlyList<string> Failures)
{
    /// <summary>"3 files fetched (1.2 MB), 2 kept from before, 1 on no server, 0 failed".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Fetched:N0} files fetched ({Bytes / 1e6:0.0} MB), {Kept:N0} kept from before, {NotThere:N0} on no server, {Failed:N0} failed");
}
