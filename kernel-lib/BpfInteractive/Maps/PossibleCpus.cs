using System.Globalization;

namespace BpfInteractive;

/// <summary>The CPUs that may ever be on line: per-CPU maps have a value for each.</summary>
public static class PossibleCpus
{
    private static readonly Lazy<int> s_count = new(() => CountIn(File.ReadAllText("/sys/devices/system/cpu/possible")));

    /// <summary>How many there are, from /sys/devices/system/cpu/possible. More than are on line on machines that take more.</summary>
    public static int Count => s_count.Value;

    /// <summary>Counts a list as the kernel prints it: "0-3,8". The highest number plus one, as the kernel sizes per-CPU values.</summary>
    internal static int CountIn(string list)
    {
        var highest = 0;
        foreach (var range in list.Trim().Split(','))
        {
            var last = range[(range.IndexOf('-', StringComparison.Ordinal) + 1)..];
            highest = Math.Max(highest, int.Parse(last, CultureInfo.InvariantCulture));
        }

        return highest + 1;
    }
}
