using System.Globalization;

namespace BpfInteractive;

/// <summary>Who a process is: its pid in its own namespace, its user, and when it started (nanoseconds since 1970, early by up to 30 ms).</summary>
internal readonly record struct ProcessIdentity(int NamespacePid, uint UserId, long StartedNs)
{
    /// <summary>/proc tells times in steps of 10 ms.</summary>
    private const long ToleranceNs = 30_000_000;

    /// <summary>Reads /proc/PID/status; null when the process is gone.</summary>
    internal static ProcessIdentity? Read(string folder)
    {
        try
        {
            // In this order: whatever passes between the two clocks makes the start seem earlier, never later.
            var now = (DateTime.UtcNow - DateTime.UnixEpoch).TotalMilliseconds * 1e6;
            var sinceBoot = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture) * 1e9;
            var age = sinceBoot - (ProcessFacts.Parse(File.ReadAllBytes(folder + "/stat"))?.StartTimeNs ?? sinceBoot);
            return Parse(File.ReadLines(folder + "/status")) is var (pid, user) ? new ProcessIdentity(pid, user, (long)(now - age) - ToleranceNs) : null;
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
