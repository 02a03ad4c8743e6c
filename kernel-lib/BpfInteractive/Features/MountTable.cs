namespace BpfInteractive;

/// <summary>One line of /proc/self/mountinfo: where what kind of file system is mounted.</summary>
internal readonly record struct MountPoint(string Path, string Type, string Options);

/// <summary>The mounts that this process sees (proc(5)).</summary>
internal static class MountTable
{
    internal static IReadOnlyList<MountPoint> Current => Parse(File.ReadLines("/proc/self/mountinfo"));

    /// <summary>Reads lines of the form "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw".</summary>
    internal static IReadOnlyList<MountPoint> Parse(IEnumerable<string> lines)
    {
        var mounts = new List<MountPoint>();
        foreach (var line in lines)
        {
            var separator = line.IndexOf(" - ", StringComparison.Ordinal);
            var before = separator < 0 ? [] : line[..separator].Split(' ');
            var after = separator < 0 ? [] : line[(separator + 3)..].Split(' ');
            if (before.Length >= 6 && after.Length >= 1)
            {
                mounts.Add(new(Unescape(before[4]), after[0], before[5]));
            }
        }

        return mounts;
    }

    /// <summary>Space, tab, newline and backslash stand as octal in the file.</summary>
    private static string Unescape(string path) => path.Contains('\\', StringComparison.Ordinal)
        ? path.Replace(@"\040", " ", StringComparison.Ordinal)
            .Replace(@"\011", "\t", StringComparison.Ordinal)
            .Replace(@"\012", "\n", StringComparison.Ordinal)
            .Replace(@"\134", @"\", StringComparison.Ordinal)
        : path;
}
