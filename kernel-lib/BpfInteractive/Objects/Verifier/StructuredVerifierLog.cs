using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfInteractive;

/// <summary>
/// The log as Linux 7.3 writes it: the refusal as a report under the headings Reason, At, Causal path and Suggestion. The headings are
/// looked for with any indentation and decoration, so that small changes of layout do no harm.
/// </summary>
internal static partial class StructuredVerifierLog
{
    internal static bool IsStructured(IReadOnlyList<string> lines) => lines.Any(line => Heading().Match(line) is { Success: true } match && IsReason(match));

    internal static VerifierReport Parse(IReadOnlyList<string> lines)
    {
        var start = LastReason(lines);
        var parts = ReadParts(lines, start);
        var at = string.Join(" ", parts.GetValueOrDefault("at", []));
        var place = Place().Match(at);
        var instruction = Instruction().Match(at);
        return new VerifierReport(
            string.Join(" ", parts.GetValueOrDefault("reason", [])),
            instruction.Success ? Number(instruction.Groups[1]) : null,
            place.Success ? place.Groups[1].Value : null,
            place.Success ? Number(place.Groups[2]) : 0,
            SourceText(parts.GetValueOrDefault("at", [])),
            parts.GetValueOrDefault("causal path", []),
            parts.TryGetValue("suggestion", out var suggestion) && suggestion.Count > 0 ? string.Join(" ", suggestion) : null);
    }

    private static Dictionary<string, List<string>> ReadParts(IReadOnlyList<string> lines, int start)
    {
        var parts = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        List<string>? current = null;
        for (var i = start; i < lines.Count; i++)
        {
            var line = lines[i];
            var heading = Heading().Match(line);
            if (heading.Success)
            {
                current = [];
                parts[heading.Groups[1].Value] = current;
                line = heading.Groups[2].Value;
            }
            else if (line.StartsWith("processed ", StringComparison.Ordinal))
            {
                break;
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                current?.Add(line.Trim());
            }
        }

        return parts;
    }

    private static int LastReason(IReadOnlyList<string> lines)
    {
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            if (Heading().Match(lines[i]) is { Success: true } match && IsReason(match))
            {
                return i;
            }
        }

        return 0;
    }

    private static bool IsReason(Match heading) => heading.Groups[1].Value.Equals("reason", StringComparison.OrdinalIgnoreCase);

    /// <summary>The line that the report marks: ">>> 12 | text", "12 | text" or "; text".</summary>
    private static string? SourceText(List<string> at)
    {
        foreach (var line in at)
        {
            if (Marked().Match(line) is { Success: true } marked)
            {
                return marked.Groups[1].Value.Trim();
            }
        }

        return null;
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[\s\-=*#>|+]*(Reason|At|Causal path|Suggestion)\s*:\s*(.*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Heading();

    [GeneratedRegex(@"([\w./+-]+\.[A-Za-z]+):(\d+)")]
    private static partial Regex Place();

    [GeneratedRegex(@"insn\s*#?(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"^(?:>+\s*\d*\s*\||\d+\s*\||;)\s*(.+)$")]
    private static partial Regex Marked();
}
