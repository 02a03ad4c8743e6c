using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfInteractive.Exited.Captures;

/// <summary>Reads the lines of <c>perf script --ns -G -F pid,tid,time,misc,ip,sym,symoff,dso</c>.</summary>
public static partial class PerfScriptParser
{
    /// <summary>What <see cref="Parse"/> reads.</summary>
    public const string Fields = "pid,tid,time,misc,ip,sym,symoff,dso";

    /// <summary>The leaf of a user-mode sample, or null for any other line.</summary>
    public static Leaf? Parse(string line)
    {
        var match = Line().Match(line);
        if (!match.Success || !match.Groups["mode"].Value.Contains('U', StringComparison.Ordinal))
        {
            return null;
        }

        var symbol = match.Groups["symbol"].Value;
        var file = match.Groups["file"].Value;
        var seconds = ulong.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture);
        var isNamed = symbol != "[unknown]";
        return new(
            (seconds * 1_000_000_000) + ulong.Parse(match.Groups["ns"].Value, CultureInfo.InvariantCulture),
            int.Parse(match.Groups["pid"].Value, CultureInfo.InvariantCulture),
            int.Parse(match.Groups["tid"].Value, CultureInfo.InvariantCulture),
            ulong.Parse(match.Groups["ip"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
        {
            Name = isNamed ? Offset().Replace(symbol, "") : null,
            Path = file == "[unknown]" ? null : file,
            IsMapped = file != "[unknown]",
            Reason = isNamed ? null : file == "[unknown]" ? "unmapped" : "no symbol",
        };
    }

    [GeneratedRegex(
        @"^\s*(?<pid>-?\d+)/(?<tid>-?\d+)\s+(?<mode>[A-Z]*)\s+(?<seconds>\d+)\.(?<ns>\d{9}):\s+(?<ip>[0-9a-f]+) " +
        @"(?<symbol>.*?) \((?<file>/.*|\[[^]]*\]|[^()]*)\)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"\+0x[0-9a-f]+$")]
    private static partial Regex Offset();
}
