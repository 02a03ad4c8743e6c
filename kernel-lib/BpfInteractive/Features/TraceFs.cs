using System.Globalization;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>The kernel's list of tracepoints. Root's alone unless it was mounted for a group.</summary>
internal static class TraceFs
{
    internal const string MountRemedy = "mount it as root: mount -t tracefs tracefs /sys/kernel/tracing";

    private static readonly string[] Candidates = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    /// <summary>Where it is mounted and can be entered, or null.</summary>
    internal static string? Root => Array.Find(Candidates, candidate => Directory.Exists(candidate + "/events"));

    /// <summary>A tracepoint's number for perf_event_open(2), or null when it is not known or cannot be read.</summary>
    internal static int? EventId(string category, string name)
    {
        try
        {
            return Root is { } root && File.Exists($"{root}/events/{category}/{name}/id")
                ? int.Parse(File.ReadAllText($"{root}/events/{category}/{name}/id").AsSpan().Trim(), CultureInfo.InvariantCulture)
                : null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Why tracefs cannot be read: it is not mounted, or this process may not enter it.</summary>
    internal static ProbeAnswer Explain()
    {
        if (Root is not null)
        {
            return ProbeAnswer.No("tracefs is mounted but lacks the event or does not let this process read its id", Rights, Errno.EACCES);
        }

        return MountTable.Current.Any(mount => mount.Type == "tracefs")
            ? ProbeAnswer.No("tracefs is mounted, but this process may not read it (it lacks CAP_DAC_READ_SEARCH)", Rights, Errno.EACCES)
            : ProbeAnswer.No("tracefs is not mounted, so a tracepoint's number cannot be found", MountRemedy + "; raw_tp and tp_btf do without", Errno.ENOENT);
    }

    private const string Rights =
        "use raw_tp or tp_btf, which do without; or let a group in: mount -o remount,gid=GROUP,mode=750 /sys/kernel/tracing";
}
