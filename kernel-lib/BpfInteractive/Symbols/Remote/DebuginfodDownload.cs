using System.Buffers;
using System.Globalization;
using System.Net;

namespace BpfInteractive;

/// <summary>
/// Fetches one file from one server, within limits of size and time, and compares its build id with the one that was asked for. Nothing of the server is trusted: a file
/// that is another build, damaged or cut short is a failure.
/// </summary>
internal sealed class DebuginfodDownload(DebuginfodOptions options, Action<int> onBytes)
{
    /// <summary>What has to come within each <see cref="DebuginfodOptions.Timeout"/>, as with elfutils' own client (DEBUGINFOD_TIMEOUT).</summary>
    private const int LeastBytes = 100_000;
    private const int MostRedirects = 5;

    // One for the process, as HttpClient wants it: connections are kept for the next file. Files are never unpacked on the way, so that their size stays bounded.
    private static readonly HttpClient s_http = new(new SocketsHttpHandler
    {
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        MaxAutomaticRedirections = MostRedirects,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>How a download ended: the file came; the server has none; or what went wrong, and whether the server itself seems to be down.</summary>
    internal readonly record struct Outcome(bool IsFound, string? Failure, bool IsServerDown)
    {
        internal static Outcome Found { get; } = new(true, null, false);

        internal static Outcome Missing { get; }

        internal static Outcome Failed(string why, bool isServerDown = false) => new(false, why, isServerDown);
    }

    /// <summary>Fetches into a file, which is not there afterwards unless it was found.</summary>
    internal async Task<Outcome> GetAsync(string server, BuildId buildId, string kind, string path, CancellationToken token)
    {
        var outcome = Outcome.Failed("it was given up");
        try
        {
            outcome = await TryGetAsync(new Uri($"{server.TrimEnd('/')}/buildid/{buildId}/{kind}"), path, token).ConfigureAwait(false);
            outcome = outcome.IsFound ? Check(path, buildId) : outcome;
            return outcome;
        }
        finally
        {
            if (!outcome.IsFound)
            {
                File.Delete(path);
            }
        }
    }

    private async Task<Outcome> TryGetAsync(Uri address, string path, CancellationToken token)
    {
        using var whole = CancellationTokenSource.CreateLinkedTokenSource(token);
        whole.CancelAfter(options.LongestTime);
        using var slow = CancellationTokenSource.CreateLinkedTokenSource(whole.Token);
        slow.CancelAfter(options.Timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = await s_http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, slow.Token).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.NotFound ? Outcome.Missing
                : (int)response.StatusCode is >= 300 and < 400 ? Outcome.Failed($"it redirects more than {MostRedirects} times, or to where one does not follow")
                : !response.IsSuccessStatusCode ? Outcome.Failed($"it answers {(int)response.StatusCode} {response.ReasonPhrase}", isServerDown: (int)response.StatusCode >= 500)
                : await CopyAsync(response, path, slow).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            return Outcome.Failed(
                whole.IsCancellationRequested ? string.Create(CultureInfo.InvariantCulture, $"a file took more than {options.LongestTime.TotalSeconds:0.#} s")
                    : string.Create(CultureInfo.InvariantCulture, $"less than {LeastBytes / 1000} kB came in {options.Timeout.TotalSeconds:0.#} s"),
                isServerDown: true);
        }
        catch (HttpRequestException error)
        {
            return Outcome.Failed(error.InnerException is { } inner && !error.Message.Contains(inner.Message, StringComparison.Ordinal) ? $"{error.Message}: {inner.Message}" : error.Message, isServerDown: error.HttpRequestError is not HttpRequestError.ResponseEnded);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or NotSupportedException or InvalidOperationException)
        {
            return Outcome.Failed(error.Message); // A redirection to a strange address comes out of HttpClient as one of the last three.
        }
    }

    private async Task<Outcome> CopyAsync(HttpResponseMessage response, string path, CancellationTokenSource slow)
    {
        var promised = response.Content.Headers.ContentLength;
        if (promised > options.LargestFileBytes)
        {
            return TooLarge(FormattableString.Invariant($"{promised:N0}"));
        }

        var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        var input = await response.Content.ReadAsStreamAsync(slow.Token).ConfigureAwait(false);
        await using var closingInput = input.ConfigureAwait(false);
        var output = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await using var closingOutput = output.ConfigureAwait(false);
        try
        {
            var (total, sinceCheck) = (0L, 0);
            for (int n; (n = await input.ReadAsync(buffer, slow.Token).ConfigureAwait(false)) > 0;)
            {
                total += n;
                if (total > options.LargestFileBytes)
                {
                    return TooLarge("more");
                }

                await output.WriteAsync(buffer.AsMemory(0, n), slow.Token).ConfigureAwait(false);
                onBytes(n);
                sinceCheck += n;
                if (sinceCheck >= LeastBytes)
                {
                    sinceCheck = 0;
                    slow.CancelAfter(options.Timeout);
                }
            }

            return promised is { } length && length != total ? Outcome.Failed(FormattableString.Invariant($"{total:N0} of {length:N0} bytes came")) : Outcome.Found;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Outcome TooLarge(string size) => Outcome.Failed(FormattableString.Invariant($"a file has {size} bytes, and {options.LargestFileBytes:N0} are the most that is fetched"));

    /// <summary>The headers of sections stand at the end of a file as a rule: one that is cut short has lost them, or what they name.</summary>
    private static Outcome Check(string path, BuildId wanted)
    {
        try
        {
            using var file = ElfFile.Open(path);
            var came = file.ReadBuildId();
            if (came != wanted)
            {
                return Outcome.Failed($"asked for build {wanted} it sent {(came.IsEmpty ? "a file without a build id" : $"build {came}")}");
            }

            var length = (ulong)file.LengthBytes;
            var cut = file.Sections.FirstOrDefault(section => section.Kind is not (0 or ElfFile.Section.NoBits) && (section.Offset > length || section.Size > length - section.Offset));
            return cut.Name is null ? Outcome.Found : Outcome.Failed($"a file was cut short: its {cut.Name} lies behind its end");
        }
        catch (Exception error) when (error is SymbolFileException or IOException or UnauthorizedAccessException)
        {
            return Outcome.Failed($"what it sent cannot be read: {error.Message}");
        }
    }
}
