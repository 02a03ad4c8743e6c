using System.Text.RegularExpressions;

namespace BpfInteractive.Scripting;

/// <summary>
/// Whether two runs of a notebook showed the same: the same cells, and for each the same things in the same order, by MIME types and by text with its numbers, bars and white
/// space masked. Standard error is left out; of cells tagged "varies" only the MIME types count.
/// </summary>
public static partial class NotebookComparison
{
    private const string Varies = "varies";

    /// <summary>The differences, one line each; empty when there are none.</summary>
    public static IReadOnlyList<string> Differences(NotebookFile before, NotebookFile after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var old = before.Cells.Where(cell => cell.IsCode).ToList();
        var now = after.Cells.Where(cell => cell.IsCode).ToList();
        var differences = new List<string>();
        if (old.Count != now.Count)
        {
            differences.Add(FormattableString.Invariant($"there were {old.Count} cells of code and are {now.Count}"));
        }

        foreach (var (was, cell, number) in old.Zip(now, Enumerable.Range(1, Math.Min(old.Count, now.Count))))
        {
            differences.AddRange(DifferencesOf(was, cell).Select(difference => FormattableString.Invariant($"cell {number}: {difference}")));
        }

        return differences;
    }

    private static IEnumerable<string> DifferencesOf(NotebookCell was, NotebookCell cell)
    {
        if (was.Text.Trim() != cell.Text.Trim())
        {
            return ["its text is another"];
        }

        var (before, after) = (Shown(was), Shown(cell));
        if (before.Count != after.Count)
        {
            return [FormattableString.Invariant($"it showed {Listed(before)} and shows {Listed(after)}")];
        }

        var isText = !cell.Tags.Contains(Varies) && !was.Tags.Contains(Varies);
        return before.Zip(after).SelectMany(pair => DifferencesOf(pair.First, pair.Second, isText));
    }

    private static IEnumerable<string> DifferencesOf(NotebookOutput was, NotebookOutput now, bool isText)
    {
        if (KindOf(was) != KindOf(now))
        {
            yield return $"it showed {KindOf(was)} and shows {KindOf(now)}";
        }
        else if (isText && FirstDifference(Masked(was), Masked(now)) is { } difference)
        {
            yield return difference;
        }
    }

    /// <summary>What it showed, its standard output in one piece before the rest: when threads write is chance.</summary>
    private static List<NotebookOutput> Shown(NotebookCell cell)
    {
        var text = string.Concat(cell.Outputs.Where(output => output is { Kind: "stream", Name: "stdout" }).Select(output => output.Data.PlainText));
        var rest = cell.Outputs.Where(output => output.Kind != "stream");
        return text.Length == 0 ? [.. rest] : [NotebookOutput.Stream(CellStream.Output, text), .. rest];
    }

    private static string KindOf(NotebookOutput output) => output.Kind switch
    {
        "stream" => "text",
        "error" => output.Name,
        _ => $"{output.Kind} ({string.Join(", ", output.Data.Data.Keys.Order(StringComparer.Ordinal))})",
    };

    private static string Listed(List<NotebookOutput> outputs) => outputs.Count == 0 ? "nothing" : string.Join(" and ", outputs.Select(KindOf));

    private static string[] Masked(NotebookOutput output)
    {
        // A table is as wide as its numbers, and an error's first line is all that some files keep.
        var text = output.Kind == "error" ? output.Data.PlainText.Split('\n')[0] : output.Data.PlainText.Trim();
        return Space().Replace(Bar().Replace(Number().Replace(text, "#"), " "), " ").Split('\n');
    }

    private static string? FirstDifference(string[] was, string[] now)
    {
        for (var line = 0; line < Math.Max(was.Length, now.Length); line++)
        {
            var (before, after) = (was.ElementAtOrDefault(line), now.ElementAtOrDefault(line));
            if (before?.Trim() != after?.Trim())
            {
                return FormattableString.Invariant($"line {line + 1} was \"{before ?? "not there"}\" and is \"{after ?? "not there"}\"");
            }
        }

        return null;
    }

    /// <summary>A number with its sign and its unit.</summary>
    [GeneratedRegex(@"-?(?:0x[0-9a-fA-F]+|\d[\d.,:]*)(?:e[+-]?\d+)?(?: ?(?:[num\u00b5]?s|[KMGT]?i?B|min|h|%)\b)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    /// <summary>Numbers drawn by blocks and shades; a bar of nothing has none.</summary>
    [GeneratedRegex(@"[\u2580-\u259f]+", RegexOptions.CultureInvariant)]
    private static partial Regex Bar();

    [GeneratedRegex(@"[ \t]+", RegexOptions.CultureInvariant)]
    private static partial Regex Space();
}
