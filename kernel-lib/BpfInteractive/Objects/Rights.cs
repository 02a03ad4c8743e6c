using System.Globalization;

namespace BpfInteractive;

/// <summary>The rights that loading needs, as the process has them now.</summary>
internal static class Rights
{
    private const int SysAdmin = 21;
    private const int PerfMon = 38;
    private const int Bpf = 39;

    /// <summary>What this process lacks to load tracing programs, with what to do; null when it has it all.</summary>
    internal static string? Missing()
    {
        var mask = Effective();
        if (Has(mask, SysAdmin) || (Has(mask, Bpf) && Has(mask, PerfMon)))
        {
            return null;
        }

        var lacking = (Has(mask, Bpf), Has(mask, PerfMon)) switch
        {
            (false, false) => "CAP_BPF and CAP_PERFMON",
            (false, true) => "CAP_BPF",
            _ => "CAP_PERFMON (programs that trace need it)",
        };
        return $"this process lacks {lacking}: run it as root, or with ambient capabilities (setpriv --inh-caps +bpf,+perfmon --ambient-caps +bpf,+perfmon)";
    }

    private static bool Has(ulong mask, int capability) => (mask >> capability & 1) != 0;

    private static ulong Effective()
    {
        const string Field = "CapEff:";
        foreach (var line in File.ReadLines("/proc/thread-self/status"))
        {
            if (line.StartsWith(Field, StringComparison.Ordinal))
            {
                return ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }
}
