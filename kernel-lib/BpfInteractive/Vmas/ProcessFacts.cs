using System.Globalization;
using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>What /proc/PID/stat says of a process that the engines without a program need.</summary>
internal sealed record ProcessFacts(string Name, char State, uint Flags, ulong StartTimeNs, long MemorySize, ulong StartStack)
{
    private const uint KernelThreadFlag = 0x00200000;

    /// <summary>Nanoseconds of a tick in /proc (USER_HZ, 100 on every architecture of today).</summary>
    private const ulong TickNs = 10_000_000;

    internal VmaTargetState TargetState => (Flags & KernelThreadFlag) != 0
        ? VmaTargetState.KernelThread
        : State is 'Z' or 'X' ? VmaTargetState.Exited : VmaTargetState.Alive;

    internal static BpfException Gone(int pid, int errno) => errno switch
    {
        Errno.EACCES or Errno.EPERM => new BpfException(
            "read the address space of", $"process {pid}", errno, null, "it takes the same user, or CAP_SYS_PTRACE (run as root)"),
        _ => new BpfException("read the address space of", $"process {pid}", Errno.ESRCH, "there is no such process in this pid namespace, or it has just ended"),
    };

    /// <summary>Reads the facts of a process by its folder in /proc.</summary>
    /// <exception cref="BpfException">There is no such process.</exception>
    internal static ProcessFacts Read(int pid, string folder)
    {
        try
        {
            return Parse(File.ReadAllBytes(folder + "/stat")) ?? throw Gone(pid, Errno.ESRCH);
        }
        catch (IOException)
        {
            throw Gone(pid, Errno.ESRCH);
        }
    }

    /// <summary>Reads the line of /proc/PID/stat: the name stands in parentheses and may hold anything, further ones too.</summary>
    internal static ProcessFacts? Parse(ReadOnlySpan<byte> stat)
    {
        var open = stat.IndexOf((byte)'(');
        var close = stat.LastIndexOf((byte)')');
        if (open < 0 || close < open)
        {
            return null;
        }

        var fields = Encoding.ASCII.GetString(stat[(close + 1)..]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 25 && fields[0].Length == 1 && uint.TryParse(fields[6], out var flags) && ulong.TryParse(fields[19], out var ticks) &&
            long.TryParse(fields[20], out var size) && ulong.TryParse(fields[25], out var stack)
            ? new ProcessFacts(Encoding.UTF8.GetString(stat[(open + 1)..close]), fields[0][0], flags, ticks * TickNs, size, stack)
            : null;
    }

    /// <summary>The threads of a process, by its folder, the first one last: where to look when that has left.</summary>
    internal static IEnumerable<int> OtherThreads(string folder)
    {
        var leader = Path.GetFileName(folder);
        string[] threads;
        try
        {
            threads = Directory.GetDirectories(folder + "/task");
        }
        catch (IOException)
        {
            return [];
        }

        return threads.Select(Path.GetFileName).Where(name => name != leader).Select(name => int.Parse(name!, CultureInfo.InvariantCulture));
    }
}
