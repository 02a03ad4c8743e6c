using System.Diagnostics;

namespace BpfInteractive.Exited.Captures;

/// <summary>
/// A <c>perf record</c> of the whole machine that starts and ends on command (<c>--control</c>), so that what it records is just the time between.
/// </summary>
public sealed class PerfRecorder : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfi-perf-").FullName;
    private Process? _process;
    private FileStream? _commands;
    private StreamReader? _answers;

    /// <summary>The recorded file.</summary>
    public string File => Path.Combine(_folder, "perf.data");

    /// <summary>The process's id.</summary>
    public int Pid => _process!.Id;

    /// <summary>Starts perf with its events off, and then turns them on.</summary>
    public async Task StartAsync(IEnumerable<string> options, CancellationToken cancellationToken)
    {
        var (control, answer) = (Path.Combine(_folder, "control"), Path.Combine(_folder, "answer"));
        await Command.OutputAsync("mkfifo", [control, answer], cancellationToken);
        // Opened for both directions: neither side waits for the other to open it.
        _commands = new(control, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        var answers = new FileStream(answer, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        _answers = new(answers);
        string[] arguments =
        [
            "record", "--quiet", "--all-cpus", "--clockid", "CLOCK_MONOTONIC", "--delay", "-1", "--control", $"fifo:{control},{answer}",
            "--output", File, .. options,
        ];
        _process = Process.Start(new ProcessStartInfo("perf", arguments) { RedirectStandardError = true })!;
        await TellAsync("enable", cancellationToken);
    }

    /// <summary>Ends the recording; the file is whole then.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await TellAsync("stop", cancellationToken);
        await _process!.WaitForExitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _answers?.Dispose();
        if (_commands is not null)
        {
            await _commands.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task TellAsync(string command, CancellationToken cancellationToken)
    {
        await _commands!.WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + "\n"), cancellationToken);
        // A read of a fifo cannot be cancelled, so perf's own end is what else is waited for.
        var answer = _answers!.ReadLineAsync(CancellationToken.None).AsTask();
        var ended = _process!.WaitForExitAsync(cancellationToken);
        await Task.WhenAny(answer, ended);
        if (!answer.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var errors = await _process.StandardError.ReadToEndAsync(CancellationToken.None);
            throw new InvalidOperationException($"perf record ended before it took '{command}': {errors}");
        }
    }
}
