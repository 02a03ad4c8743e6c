using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfInteractive;

/// <summary>Reads clang's findings (one a line: -fno-caret-diagnostics). A pure parser.</summary>
internal static partial class DiagnosticParser
{
    /// <param name="text">What clang wrote to its standard error.</param>
    /// <param name="rename">Gives a file the name the user knows.</param>
    /// <param name="lineOf">The text of a line of a (renamed) file; null where it is not at hand.</param>
    internal static IReadOnlyList<SourceDiagnostic> Parse(string text, Func<string, string> rename, Func<string, int, string?> lineOf)
    {
        var found = new List<SourceDiagnostic>();
        var notes = new List<SourceDiagnostic>();
        foreach (var line in text.Split('\n'))
        {
            if (ParseLine(line, rename, lineOf) is not { } diagnostic)
            {
                continue;
            }

            if (diagnostic.Severity == DiagnosticSeverity.Note && found.Count > 0)
            {
                notes.Add(diagnostic);
            }
            else
            {
                Attach(found, notes);
                found.Add(diagnostic);
            }
        }

        Attach(found, notes);
        return found;
    }

    private static void Attach(List<SourceDiagnostic> found, List<SourceDiagnostic> notes)
    {
        if (notes.Count > 0)
        {
            found[^1] = found[^1] with { Notes = [.. notes] };
            notes.Clear();
        }
    }

    private static SourceDiagnostic? ParseLine(string line, Func<string, string> rename, Func<string, int, string?> lineOf)
    {
        if (Located().Match(line) is { Success: true } match)
        {
            var file = rename(match.Groups["file"].Value);
            var number = Number(match.Groups["line"]);
            return new SourceDiagnostic(file, number, Number(match.Groups["column"]), SeverityOf(match), match.Groups["message"].Value, lineOf(file, number));
        }

        return Unlocated().Match(line) is { Success: true } bare
            ? new SourceDiagnostic("", 0, 0, SeverityOf(bare), bare.Groups["message"].Value, null)
            : null;
    }

    private static int Number(Group group) => int.TryParse(group.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static DiagnosticSeverity SeverityOf(Match match) => match.Groups["severity"].Value switch
    {
        "note" or "remark" => DiagnosticSeverity.Note,
        "warning" => DiagnosticSeverity.Warning,
        _ => DiagnosticSeverity.Error,
    };

    [GeneratedRegex(@"^(?<file>.+?):(?<line>\d+):(?<column>\d+): (?<severity>fatal error|error|warning|note|remark): (?<message>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Located();

    [GeneratedRegex(@"^(?:[^ :]*clang[^ :]*: |LLVM |<unknown>:0: )?(?<severity>fatal error|error|ERROR|warning|note): (?<message>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Unlocated();
}
