using System.Globalization;

namespace BpfInteractive;

/// <summary>
/// Who a process is: its pid in its own namespace, its user, when it started (CLOCK_MONOTONIC, early by up to 30 ms), and where the first stack of its
/// program begins (0 where that must not be read).
/// </summary>
internal readonly record struct ProcessIdentity(int NamespacePid, uint UserId, long StartedNs, ulong StartStack)
{
    /// <summary>/proc tells times in steps of 10 ms.</summary>
    private const long ToleranceNs = 30_000_000;

    /// <summary>Reads /proc/PID/status; null when the process is gone.</summary>
    internal static ProcessIdentity? Read(string folder)
    {
        try
        {
            // In this order: whatever passes between the two readings makes the start seem earlier, never later.
            var now = Clocks.Now();
            var facts = ProcessFacts.Parse(File.ReadAllBytes(folder + "/stat"));
            var started = facts is null ? now.MonotonicNs : now.MonotonicNs - (now.BootNs - (long)facts.StartTimeNs) - ToleranceNs;
            return Parse(File.ReadLines(folder + "/status")) is var (pid, user) ? new ProcessIdentity(pid, user, started, facts?.StartStack ?? 0) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The lines "Uid: real effective saved file-system" and "NSpid: outermost ... innermost".</summary>
    internal static (int NamespacePid, uint UserId)? Parse(IEnumerable<string> status)
    {
        uint? user = null;
        int? pid = null;
        foreach (var line in status)
        {
            var fields = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (line.StartsWith("Uid:", StringComparison.Ordinal) && fields.Length > 2)
            {
                user = uint.Parse(fields[2], CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("NSpid:", StringComparison.Ordinal) && fields.Length > 1)
            {
                pid = int.Parse(fields[^1], CultureInfo.InvariantCulture);
            }
        }

        return user is not null && pid is not null ? (pid.Value, user.Value) : null;
    }
}
