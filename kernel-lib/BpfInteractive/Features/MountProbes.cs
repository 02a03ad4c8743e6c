namespace BpfInteractive;

/// <summary>The kernel's file systems: mounted, and whether this process may look inside.</summary>
internal static class MountProbes
{
    internal static IEnumerable<FeatureProbe> All =>
    [
        Mount("tracefs", "tracefs", "/sys/kernel/tracing", "the list and the numbers of tracepoints"),
        Mount("bpffs", "bpf", "/sys/fs/bpf", "pinned maps, programs and links", optional: true),
        Mount("debugfs", "debugfs", "/sys/kernel/debug", "the older place of tracefs", optional: true),
        Mount("securityfs", "securityfs", "/sys/kernel/security", "tells the lockdown and the security modules", optional: true),
        Mount("cgroup2", "cgroup2", "/sys/fs/cgroup", "cgroups as attach targets and iterator targets", optional: true),
    ];

    private static FeatureProbe Mount(string name, string type, string path, string purpose, bool optional = false) =>
        new(name, FeatureCategory.Mounts, purpose, () => Find(type, path)) { Optional = optional };

    private static ProbeAnswer Find(string type, string usual)
    {
        var mounts = MountTable.Current.Where(mount => mount.Type == type).ToArray();
        if (mounts.Length == 0)
        {
            return ProbeAnswer.No("not mounted", $"as root: mount -t {type} {type} {usual}");
        }

        var readable = Array.Find(mounts, mount => IsReadable(mount.Path));
        return readable.Path is not null
            ? ProbeAnswer.Yes(readable.Path)
            : ProbeAnswer.No(
                $"mounted at {mounts[0].Path}, which this process may not read",
                type == "tracefs"
                    ? $"with CAP_DAC_READ_SEARCH, or for a group: mount -o remount,gid=GROUP,mode=750 {mounts[0].Path}"
                    : "with CAP_DAC_READ_SEARCH, or as root");
    }

    private static bool IsReadable(string path)
    {
        try
        {
            using var entries = Directory.EnumerateFileSystemEntries(path).GetEnumerator();
            _ = entries.MoveNext();
            return true;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }
}
