using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfInteractive;

/// <summary>
/// The log as kernels before 7.3 write it: instructions with register states, source lines behind ';', the refusal, then statistics. Only
/// its end matters, so lines are looked at from the end on.
/// </summary>
internal static partial class PlainVerifierLog
{
    private const int MostSummaryLines = 3;

    internal static VerifierReport Parse(IReadOnlyList<string> lines)
    {
        var end = lines.Count;
        while (end > 0 && IsStatistics(lines[end - 1]))
        {
            end--;
        }

        var summary = Summary(lines, end);
        var (instruction, at) = LastInstruction(lines, end);
        if (NamedInstruction().Match(summary) is { Success: true } named)
        {
            instruction = int.Parse(named.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }

        var source = LastSource(lines, Math.Max(at, 0));
        return new VerifierReport(summary, instruction, source.File, source.Line, source.Text, [], null);
    }

    /// <summary>"; text @ file.c:12", or "; text" before Linux 6.9 (kernel commit 7c21f1a4f6b2 brought the place).</summary>
    internal static (string? File, int Line, string? Text) Source(string line)
    {
        var text = line[1..].Trim();
        var place = QuotedPlace().Match(text);
        return place.Success
            ? (place.Groups[2].Value, int.Parse(place.Groups[3].ValueSpan, CultureInfo.InvariantCulture), place.Groups[1].Value)
            : (null, 0, text);
    }

    private static string Summary(IReadOnlyList<string> lines, int end)
    {
        var words = new List<string>();
        for (var i = end - 1; i >= 0 && words.Count < MostSummaryLines; i--)
        {
            var line = lines[i].Trim();
            if (IsTrace(line))
            {
                break;
            }

            if (!IsState(line))
            {
                words.Insert(0, line);
            }
        }

        return string.Join("; ", words);
    }

    private static (int? Index, int At) LastInstruction(IReadOnlyList<string> lines, int end)
    {
        for (var i = end - 1; i >= 0; i--)
        {
            var match = InstructionLine().Match(lines[i]);
            if (match.Success)
            {
                return (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), i);
            }
        }

        return (null, end - 1);
    }

    private static (string? File, int Line, string? Text) LastSource(IReadOnlyList<string> lines, int from)
    {
        for (var i = Math.Min(from, lines.Count - 1); i >= 0; i--)
        {
            if (lines[i].StartsWith("; ", StringComparison.Ordinal) && !lines[i].StartsWith("; <invalid", StringComparison.Ordinal))
            {
                return Source(lines[i]);
            }
        }

        return (null, 0, null);
    }

    private static bool IsStatistics(string line) =>
        string.IsNullOrWhiteSpace(line)
        || line.StartsWith("processed ", StringComparison.Ordinal)
        || line.StartsWith("verification time ", StringComparison.Ordinal)
        || line.StartsWith("stack depth ", StringComparison.Ordinal)
        || line.StartsWith("insns processed ", StringComparison.Ordinal);

    private static bool IsTrace(string line) => line.Length == 0 || line[0] == ';' || TraceLine().IsMatch(line);

    /// <summary>The two states that an infinite loop's refusal ends with.</summary>
    private static bool IsState(string line) =>
        line.StartsWith("cur state:", StringComparison.Ordinal) || line.StartsWith("old state:", StringComparison.Ordinal);

    [GeneratedRegex(@"^(\d+): (?:\([0-9a-f]{2}\)|<invalid )")]
    private static partial Regex InstructionLine();

    [GeneratedRegex(@"^(.*) @ (\S+):(\d+)$")]
    private static partial Regex QuotedPlace();

    [GeneratedRegex(@"(?:at insn|from insn|unreachable insn|insn) (\d+)")]
    private static partial Regex NamedInstruction();

    [GeneratedRegex(@"^(\d+: |from \d+ to \d+|R\d+(_\w+)?=|fp-?\d+|frame\d*[ :]|mark_precise|last_idx|regs=|parent |caller:|callee:|returning from|propagating|Func#\d+ .*safe|Validating |func#\d+ @\d+|arg#\d+ reference|\()")]
    private static partial Regex TraceLine();
}
