using System.Diagnostics;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// A command that waits before its first instruction: a shell that has stopped itself and execs the command when it is told to go on. The pid stays the same, and
/// events that start at an exec (enable_on_exec) see all of the command and nothing of the shell.
/// </summary>
internal sealed class LaunchedCommand : IDisposable
{
    private const string Wait = "kill -STOP $$; exec \"$@\"";

    private readonly Process _process;

    private LaunchedCommand(Process process) => _process = process;

    internal int Pid => _process.Id;

    /// <summary>Starts the waiting shell. The command has this process's standard streams.</summary>
    /// <exception cref="BpfException">There is no such program.</exception>
    internal static LaunchedCommand Start(IReadOnlyList<string> command)
    {
        ThrowIfNoProgram(command[0]);
        var info = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (string[])["-c", Wait, "sh", .. command])
        {
            info.ArgumentList.Add(argument);
        }

        var process = Process.Start(info) ?? throw new BpfException("start", $"'{command[0]}'");
        var launched = new LaunchedCommand(process);
        try
        {
            launched.WaitUntilStopped(command[0]);
            return launched;
        }
        catch
        {
            launched.Dispose();
            throw;
        }
    }

    /// <summary>Lets the command begin.</summary>
    internal void Continue() => Signal(Libc.SIGCONT);

    /// <summary>Its exit status; 128 and the signal's number when one ended it.</summary>
    internal async Task<int> WaitForExitAsync(CancellationToken token)
    {
        await _process.WaitForExitAsync(token).ConfigureAwait(false);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Signal(Libc.SIGTERM);
            Signal(Libc.SIGCONT);
        }

        _process.Dispose();
    }

    private void Signal(int signal) => _ = Libc.kill(Pid, signal);

    private void WaitUntilStopped(string program)
    {
        for (var isStopped = false; !isStopped;)
        {
            if (_process.HasExited)
            {
                throw new BpfException("start", $"'{program}'", detail: "its shell ended before it began");
            }

            isStopped = StateOf(Pid) is 'T';
            if (!isStopped)
            {
                Thread.Sleep(1);
            }
        }
    }

    // The third field of /proc/PID/stat, behind the name in parentheses.
    private static char StateOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"{ProcFolder.Of(pid)}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (Exception gone) when (gone is IOException or BpfException)
        {
            return 'X';
        }
    }

    private static void ThrowIfNoProgram(string program)
    {
        var candidates = program.Contains('/', StringComparison.Ordinal)
            ? [program]
            : (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':').Select(folder => Path.Combine(folder, program));
        if (!candidates.Any(File.Exists))
        {
            throw new BpfException("start", $"'{program}'", Errno.ENOENT, "there is no such program");
        }
    }
}
