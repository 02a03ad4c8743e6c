using System.Diagnostics;
using System.Text;

namespace BpfInteractive.Tests.Infrastructure;

/// <summary>A child process of a test: its output is kept line by line, and it ends with the test.</summary>
public sealed class TestProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private TestProcess(Process process) => _process = process;

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written to standard output so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>What it has written to standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts a program that goes on until disposed, with an open standard input.</summary>
    public static TestProcess Start(string file, params IEnumerable<string> arguments) => Start(Info(file, arguments));

    /// <summary>Starts a program with settings of the test's own; the streams are redirected here.</summary>
    public static TestProcess Start(ProcessStartInfo info)
    {
        info.RedirectStandardInput = info.RedirectStandardOutput = info.RedirectStandardError = true;
        var started = new TestProcess(Process.Start(info) ?? throw new InvalidOperationException($"{info.FileName} did not start"));
        started._process.OutputDataReceived += (_, line) => Append(started._output, line.Data);
        started._process.ErrorDataReceived += (_, line) => Append(started._errors, line.Data);
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Runs a program to its end and gives its status and output. The time limit is for hangs.</summary>
    public static async Task<(int Status, string Output, string Errors)> RunAsync(
        string file, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? limit = null)
    {
        var info = Info(file, arguments);
        info.WorkingDirectory = folder ?? "";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            info.Environment[name] = value;
        }

        using var process = Start(info);
        process._process.StandardInput.Close();
        var status = await process.WaitForExitAsync(limit);
        return (status, process.Output, process.Errors);
    }

    /// <summary>Waits for its end and gives its exit status.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        using var timeout = new CancellationTokenSource(limit ?? TimeSpan.FromMinutes(2));
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end; output:\n{Output}\nerrors:\n{Errors}");
        }

        return _process.ExitCode;
    }

    /// <summary>Waits until standard output holds a text: how a child says that it is ready.</summary>
    public async Task WaitForOutputAsync(string text, TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (watch.Elapsed > (limit ?? TimeSpan.FromSeconds(60)) || (_process.HasExited && !Output.Contains(text, StringComparison.Ordinal)))
            {
                throw new TimeoutException($"'{text}' did not come from {_process.StartInfo.FileName}; output:\n{Output}\nerrors:\n{Errors}");
            }

            await Task.Delay(10);
        }
    }

    /// <summary>Writes one line to its standard input.</summary>
    public void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Writes to its standard input as a keyboard does, without a line's end.</summary>
    public void Write(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
    }

    /// <summary>Sends a signal by number: 2 is Ctrl-C.</summary>
    public void Signal(int signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Pid}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo Info(string file, IEnumerable<string> arguments) => new(file, arguments);

    private static void Append(StringBuilder text, string? line)
    {
        if (line is not null)
        {
            lock (text)
            {
                text.Append(line).Append('\n');
            }
        }
    }
}
