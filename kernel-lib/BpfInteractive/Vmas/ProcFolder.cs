using System.Globalization;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The folder of a process under /proc. A pid is one of the caller's pid namespace; /proc may have been mounted in another (after
/// <c>unshare -pf</c> without <c>--mount-proc</c> it is), and then the same process has another number there.
/// </summary>
internal static class ProcFolder
{
    private const int PidfdOpen = 434;

    private static readonly Lazy<bool> s_isOurs = new(() =>
        File.ResolveLinkTarget("/proc/self", returnFinalTarget: false)?.Name == Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

    /// <summary>The folder's path.</summary>
    /// <exception cref="BpfException">There is no such process.</exception>
    internal static string Of(int pid) =>
        FormattableString.Invariant($"/proc/{(s_isOurs.Value ? pid : Translate(pid))}");

    /// <summary>The folder's path; null when there is no such process.</summary>
    internal static string? TryOf(int pid)
    {
        try
        {
            return Of(pid);
        }
        catch (BpfException)
        {
            return null;
        }
    }

    /// <summary>Whether /proc lists a process of that pid now: a thread that is not the first of its process has a folder too, which no list shows.</summary>
    internal static bool Lists(int pid)
    {
        try
        {
            var folder = Of(pid);
            return File.ReadLines(folder + "/status").Contains($"Tgid:\t{Path.GetFileName(folder)}");
        }
        catch (Exception error) when (error is BpfException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // A pidfd is opened by the caller's pid, and its fdinfo tells the pid as that mount of /proc counts.
    private static int Translate(int pid)
    {
        var number = (int)Libc.syscall(PidfdOpen, pid, 0, 0, 0, 0, 0);
        if (number < 0)
        {
            throw ProcessFacts.Gone(pid, Errno.Last);
        }

        using var fd = new FileDescriptor(number);
        var line = File.ReadLines($"/proc/self/fdinfo/{number}").First(text => text.StartsWith("Pid:", StringComparison.Ordinal));
        var there = int.Parse(line.AsSpan(4), CultureInfo.InvariantCulture);
        return there > 0
            ? there
            : throw new BpfException("find", $"process {pid}", Errno.ESRCH, "/proc is that of another pid namespace, which does not know it", "mount a /proc of this namespace (unshare --mount-proc)");
    }
}
