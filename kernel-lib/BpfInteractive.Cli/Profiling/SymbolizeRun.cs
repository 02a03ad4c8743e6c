using System.Globalization;

namespace BpfInteractive.Cli.Profiling;

/// <summary>One run of <c>bpfi symbolize</c>.</summary>
internal static class SymbolizeRun
{
    internal static async Task<int> RunAsync(SymbolizeRequest request, CancellationToken interrupted)
    {
        var output = new ProfileOutput(request.Profile);
        using var progress = new FetchProgress(isShown: !Console.IsErrorRedirected);
        var options = request.ToOptions(progress);
        var symbolizer = new Symbolizer(new SymbolizerOptions { Debuginfod = options, Lines = request.Profile.Lines });
        var profile = await ProfileOutput.OpenAsync(request.Profile.Open!).ConfigureAwait(false);
        profile = await symbolizer.NameMissingAsync(profile, interrupted).ConfigureAwait(false);
        progress.Dispose();
        await output.WriteAsync(profile).ConfigureAwait(false);
        await TellAsync(symbolizer.Debuginfod!, options).ConfigureAwait(false);
        await ProfileRun.TellAsync(profile, output).ConfigureAwait(false);
        return ExitCode.Done;
    }

    private static async Task TellAsync(DebuginfodCounts counts, DebuginfodOptions options)
    {
        var servers = options.Offline ? ", no server asked (--offline)" : options.Urls.Count == 0 ? ", no server known: set DEBUGINFOD_URLS, or give --debuginfod" : "";
        await Console.Error.WriteLineAsync($"bpfi: debuginfod: {counts}{servers}").ConfigureAwait(false);
        foreach (var failure in counts.Failures)
        {
            await Console.Error.WriteLineAsync($"bpfi: {failure}").ConfigureAwait(false);
        }
    }

    /// <summary>A line on the terminal that says how much has come; it goes away with the object.</summary>
    private sealed class FetchProgress(bool isShown) : IProgress<DebuginfodProgress>, IDisposable
    {
        private const long PauseMilliseconds = 200;

        private readonly object _gate = new();
        private long _shownAt;
        private int _shown;
        private bool _isOver;

        public void Report(DebuginfodProgress value)
        {
            if (!isShown)
            {
                return;
            }

            lock (_gate)
            {
                if (!_isOver && Environment.TickCount64 - _shownAt >= PauseMilliseconds)
                {
                    var text = string.Create(CultureInfo.InvariantCulture, $"debuginfod: {value.Answered:N0} of {value.Asked:N0} files, {value.Bytes / 1e6:0.0} MB");
                    Console.Error.Write($"\r{text.PadRight(_shown)}");
                    (_shown, _shownAt) = (text.Length, Environment.TickCount64);
                }
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                if (!_isOver)
                {
                    _isOver = true;
                    Console.Error.Write(_shown == 0 ? "" : $"\r{new string(' ', _shown)}\r");
                }
            }
        }
    }
}
