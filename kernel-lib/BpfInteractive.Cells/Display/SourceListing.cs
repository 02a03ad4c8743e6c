using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfInteractive.Cells;

/// <summary>
/// A program's C beside the instructions that the compiler made of each line. A line whose instructions stand in several places has them all. What comes from a header stands
/// with the line before it; code that the verifier never reaches is not there.
/// </summary>
/// <param name="name">The name of the cell's file in the log.</param>
/// <param name="source">The cell's text.</param>
/// <param name="firstLine">The line of the cell on which it begins, from 0.</param>
internal sealed partial class SourceListing(string name, string source, int firstLine)
{
    private const int WidestLine = 72;

    private readonly string[] _lines = source.Replace("\t", "    ", StringComparison.Ordinal).Split('\n');

    internal string Text(IEnumerable<BpfProgram> programs)
    {
        var text = new StringBuilder();
        foreach (var program in programs)
        {
            var rows = Rows(program.Name, program.VerifierLog ?? "");
            var width = Math.Min(WidestLine, rows.Select(static row => row.Code.Length).DefaultIfEmpty().Max());
            text.Append(text.Length > 0 ? "\n\n" : "").Append(program);
            foreach (var (number, code, instructions) in rows)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{number,4}  {code.PadRight(width)}");
                for (var at = 0; at < instructions.Count; at++)
                {
                    // What does not fit beside a long line begins below it.
                    var isBeside = at == 0 && code.Length <= width;
                    text.Append(isBeside ? "" : "\n" + new string(' ', width + 6)).Append("  ").Append(instructions[at]);
                }

                TrimEnd(text);
            }
        }

        return text.ToString();
    }

    internal string Html(IEnumerable<BpfProgram> programs)
    {
        var html = new StringBuilder();
        foreach (var program in programs)
        {
            html.Append($"<div><b>{WebUtility.HtmlEncode(program.ToString())}</b></div><table><tbody>");
            foreach (var (number, code, instructions) in Rows(program.Name, program.VerifierLog ?? ""))
            {
                html.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"vertical-align:top;color:gray\">{number}</td>")
                    .Append(Cell(code)).Append(Cell(string.Join('\n', instructions))).Append("</tr>");
            }

            html.Append("</tbody></table>");
        }

        return html.ToString();
    }

    /// <summary>The lines of the program's function, each with its instructions; those of functions that it has inlined as well.</summary>
    internal IReadOnlyList<(int Number, string Code, IReadOnlyList<ListedInstruction> Instructions)> Rows(string function, string log)
    {
        var byLine = new SortedDictionary<int, List<ListedInstruction>>();
        var line = HeadOf(function);
        foreach (var instruction in InstructionListing.Read(log))
        {
            line = LineOf(instruction.Quote) ?? line;
            if (line is { } at)
            {
                if (!byLine.TryGetValue(at, out var there))
                {
                    byLine[at] = there = [];
                }

                there.Add(instruction);
            }
        }

        if (byLine.Count == 0)
        {
            return [];
        }

        // From the function's head, or from what stands above it and was inlined.
        var first = Math.Min(byLine.Keys.First(), HeadOf(function) ?? int.MaxValue);
        return
        [
            .. Enumerable.Range(first, byLine.Keys.Last() - first + 1)
                .Select(at => (at + firstLine + 1, _lines[at].TrimEnd(), (IReadOnlyList<ListedInstruction>)byLine.GetValueOrDefault(at, []))),
        ];
    }

    /// <summary>The line, from 0, that a quote is of; null when it is none of the cell's, or more than one.</summary>
    private int? LineOf(string quote)
    {
        if (Place().Match(quote) is { Success: true } place)
        {
            return place.Groups[1].Value == name && int.TryParse(place.Groups[2].ValueSpan, out var number) && number > firstLine && number <= firstLine + _lines.Length
                ? number - firstLine - 1
                : null;
        }

        var text = quote.TrimStart(';', ' ');
        var same = Enumerable.Range(0, _lines.Length).Where(at => text.Length > 0 && _lines[at].Trim() == text).Take(2).ToList();
        return same is [var only] ? only : null;
    }

    private int? HeadOf(string function)
    {
        var head = Array.FindIndex(_lines, line => Regex.IsMatch(line, $@"\b{Regex.Escape(function)}\b\s*[(,]", RegexOptions.CultureInvariant));
        return head < 0 ? null : head;
    }

    private static string Cell(string text) => $"<td style=\"text-align:left;vertical-align:top\"><pre style=\"margin:0\">{WebUtility.HtmlEncode(text)}</pre></td>";

    private static void TrimEnd(StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }
    }

    [GeneratedRegex(@" @ (\S+):(\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
