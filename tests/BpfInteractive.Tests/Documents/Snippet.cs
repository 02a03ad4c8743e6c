namespace BpfInteractive.Tests.Documents;

/// <summary>
/// One fenced piece of code of a page. The words after the language say what is done with it, for readers and tests alike:
/// <c>norun</c>: it is compiled (or its commands are looked up) but not run, because it does not end, or takes long;
/// <c>more</c>: it goes on where the page's last snippet of the language ended;
/// <c>fails</c>: it is shown because it does not compile.
/// </summary>
/// <param name="Page">The page's path from the repository's root.</param>
/// <param name="Line">The line of its first line of code, from 1.</param>
/// <param name="Language">csharp, c, sh...</param>
/// <param name="Words">The words after the language.</param>
/// <param name="Text">The code.</param>
public sealed record Snippet(string Page, int Line, string Language, IReadOnlySet<string> Words, string Text)
{
    /// <summary>What a test names it by: "docs/rings.md:12".</summary>
    public string Place => $"{Page}:{Line}";

    public override string ToString() => Place;

    /// <summary>The snippets of a page, in order. A fence inside an indented list item counts as well.</summary>
    public static IEnumerable<Snippet> Read(string page, string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var opening = lines[i].TrimStart();
            if (!opening.StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            var indent = lines[i].Length - opening.Length;
            var start = ++i;
            while (i < lines.Length && lines[i].Trim() != "```")
            {
                i++;
            }

            var words = opening[3..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var code = lines[start..Math.Min(i, lines.Length)].Select(line => line.Length >= indent ? line[indent..] : line.TrimStart());
            yield return new Snippet(page, start + 1, words.FirstOrDefault() ?? "", words.Skip(1).ToHashSet(), string.Join('\n', code) + "\n");
        }
    }
}
