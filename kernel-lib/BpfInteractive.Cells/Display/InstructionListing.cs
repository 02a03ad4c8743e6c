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
        var text = new StringBuilder();
        var last = "";
        foreach (var instruction in Read(log))
        {
            if (instruction.Quote != last)
            {
                text.Append(instruction.Quote).Append('\n');
                last = instruction.Quote;
            }

            text.Append(instruction).Append('\n');
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The instructions that a log names, by number.</summary>
    internal static IReadOnlyList<ListedInstruction> Read(string log)
    {
        var instructions = new SortedDictionary<int, ListedInstruction>();
        var quote = "";
        foreach (var line in log.Split('\n'))
        {
            if (line.StartsWith("; ", StringComparison.Ordinal))
            {
                quote = line.TrimEnd();
            }
            else if (Instruction().Match(line) is { Success: true } match)
            {
                var number = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                instructions.TryAdd(number, new ListedInstruction(number, match.Groups[2].Value.TrimEnd(), quote));
            }
        }

        return [.. instructions.Values];
    }

    [GeneratedRegex(@"^(\d+): (\([0-9a-f]{2}\) .*?)(?:\s+; .*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Instruction();
}

/// <summary>An instruction as the verifier prints it.</summary>
/// <param name="Number">Its place in the program.</param>
/// <param name="Text">"(85) call bpf_map_lookup_elem#1".</param>
/// <param name="Quote">The source line before it: "; seen++; @ calls:18"; older kernels leave out the place.</param>
internal sealed record ListedInstruction(int Number, string Text, string Quote)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number,6}: {Text}");
}
