using System.Globalization;

namespace BpfInteractive;

/// <summary>The kernel's event sources for perf_event_open(2), as sysfs lists them: kprobe, uprobe, cpu.</summary>
internal static class PerfEventSource
{
    private const string Devices = "/sys/bus/event_source/devices";

    /// <summary>The source's dynamic type, or null when this kernel lacks it.</summary>
    internal static uint? Type(string source)
    {
        var file = $"{Devices}/{source}/type";
        return File.Exists(file) ? uint.Parse(File.ReadAllText(file).AsSpan().Trim(), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The first bit of a format field within its word: "config:0" is 0, "config:32-63" is 32.</summary>
    internal static int FormatBit(string source, string field)
    {
        var file = $"{Devices}/{source}/format/{field}";
        return File.Exists(file) ? ParseFormatBit(File.ReadAllText(file)) : 0;
    }

    internal static int ParseFormatBit(string format)
    {
        var bits = format.AsSpan(format.IndexOf(':', StringComparison.Ordinal) + 1).Trim();
        var dash = bits.IndexOf('-');
        return int.Parse(dash < 0 ? bits : bits[..dash], CultureInfo.InvariantCulture);
    }
}
