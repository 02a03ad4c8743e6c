using System.Globalization;

namespace BpfInteractive.Jupyter;

/// <summary>Ends the kernel when the Jupyter that started it has gone: killed, it could not say so, and its kernels would stay for ever with what they have attached.</summary>
internal sealed class ParentWatch : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly Timer _timer;

    private ParentWatch(int pid, string started, Action ended) =>
        _timer = new Timer(_ => Look(pid, started, ended), null, s_interval, s_interval);

    public void Dispose() => _timer.Dispose();

    /// <summary>Watches the process that JPY_PARENT_PID names; null when there is none.</summary>
    internal static ParentWatch? FromEnvironment(Action ended) =>
        PidFromEnvironment() is { } pid && StartOf(pid) is { } started ? new ParentWatch(pid, started, ended) : null;

    /// <summary>The Jupyter that started this kernel; null when none did.</summary>
    internal static int? PidFromEnvironment() =>
        int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 1 ? pid : null;

    private static void Look(int pid, string started, Action ended)
    {
        if (StartOf(pid) != started)
        {
            ended();
        }
    }

    /// <summary>When a process started, by which it is told from a later one of the same pid; null when it is gone or dead.</summary>
    private static string? StartOf(int pid)
    {
        try
        {
            // The name in parentheses may hold anything; what follows begins with the state. starttime is field 22 (man 5 proc).
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
