using System.Text;

namespace BpfInteractive.Tests.PublicApi;

/// <summary>The lines that one text has and another has not, in order, with the type each belongs to.</summary>
internal static class LineDifference
{
    /// <summary>Lines of <paramref name="before"/> that are gone with "-", new lines of <paramref name="after"/> with "+".</summary>
    public static string Between(string before, string after)
    {
        var (old, now) = (Named(before), Named(after));
        var text = new StringBuilder();
        foreach (var line in old.Except(now))
        {
            text.Append("- ").AppendLine(line);
        }

        foreach (var line in now.Except(old))
        {
            text.Append("+ ").AppendLine(line);
        }

        return text.Length > 0 ? text.ToString() : "(only the order differs)";
    }

    // A member's line says too little by itself ("public int Count { get; }"): its type's name goes before it.
    private static List<string> Named(string text)
    {
        var lines = new List<string>();
        var owner = "";
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Trim() is not ("" or "{" or "}")))
        {
            var isMember = line.StartsWith("        ", StringComparison.Ordinal);
            owner = isMember ? owner : line.Trim();
            lines.Add(isMember ? $"{ShortName(owner)}: {line.Trim()}" : line.Trim());
        }

        return lines;
    }

    private static string ShortName(string declaration) =>
        declaration.Split(':')[0].TrimEnd().Split(' ')[^1];
}
