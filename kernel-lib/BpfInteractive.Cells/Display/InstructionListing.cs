using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfInteractive.Cells;

/// <summary>
/// A program's instructions under the source lines they come from, taken from what the verifier wrote (log level 2: of what it accepts, level 1 keeps a line of statistics): it quotes the line (since .BTF.ext carries it) before
/// the instructions. It shows each where it first walks it; here they stand once, in the program's order. Code it never reaches is not there.
/// </summary>
internal static partial class InstructionListing
{
    internal static string Of(string log)
    {
        var instructions = new SortedDictionary<int, (string Source, string Text)>();
        var source = "";
        foreach (var line in log.Split('\n'))
        {
            if (line.StartsWith("; ", StringComparison.Ordinal))
            {
                source = line.TrimEnd();
            }
            else if (Instruction().Match(line) is { Success: true } match)
            {
                instructions.TryAdd(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), (source, match.Groups[2].Value.TrimEnd()));
            }
        }

        var text = new StringBuilder();
        var last = "";
        foreach (var (number, (from, instruction)) in instructions)
        {
            if (from != last)
            {
                text.Append(from).Append('\n');
                last = from;
            }

            text.Append(CultureInfo.InvariantCulture, $"{number,6}: {instruction}\n");
        }

        return text.ToString().TrimEnd();
    }

    [GeneratedRegex(@"^(\d+): (\([0-9a-f]{2}\) .*?)(?:\s+; .*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Instruction();
}
