using System.Text;
using BpfInteractive.Cli.Checking;

namespace BpfInteractive.Cli.Output;

/// <summary>check's report for people: the findings as compilers write them, then a line for each program and one for each file.</summary>
internal static class CheckText
{
    internal static string Format(FileCheck check, bool color)
    {
        var text = new StringBuilder();
        foreach (var finding in check.Diagnostics)
        {
            text.Append(finding).AppendLine();
        }

        foreach (var program in check.Programs)
        {
            var mark = program.Loaded ? Paint("ok", "32", color) : Paint("refused", "31", color);
            text.AppendLine($"  {mark,-8} {program.Name} ({program.Section})");
        }

        foreach (var note in check.Programs.SelectMany(program => program.Notes).Distinct(StringComparer.Ordinal))
        {
            text.AppendLine($"  note: {note}");
        }

        var loaded = check.Programs.Count(program => program.Loaded);
        return text.AppendLine(check.Compiled && check.Programs.Count == 0 && !check.Passed
            ? $"{check.File}: compiled; {Paint("refused as a whole", "31", color)}"
            : check.Compiled
            ? $"{check.File}: compiled; {loaded} of {check.Programs.Count} programs load"
            : $"{check.File}: {Paint("does not compile", "31", color)}").ToString();
    }

    private static string Paint(string text, string code, bool color) => color ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
