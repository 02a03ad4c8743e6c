using System.Globalization;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Process numbers. A pid means the caller's pid namespace everywhere in this library (as for kill(2) and perf_event_open(2)); what a BPF
/// program sees is the initial namespace's number.
/// </summary>
internal static class ProcessId
{
    internal static bool Exists(int pid) => pid > 0 && Directory.Exists($"/proc/{pid}");

    /// <summary>Refuses a pid that names no process, before the kernel is asked.</summary>
    internal static void ThrowIfDead(int? pid, AttachFailure failure)
    {
        if (pid is { } number && !Exists(number))
        {
            throw failure.Because($"there is no process {number} in this pid namespace", errno: Errno.ESRCH);
        }
    }

    /// <summary>The threads of a process that live now.</summary>
    internal static IReadOnlyList<int> Threads(int pid)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{pid}/task").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
