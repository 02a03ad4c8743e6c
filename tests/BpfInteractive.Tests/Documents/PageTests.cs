using System.Text.RegularExpressions;

namespace BpfInteractive.Tests.Documents;

public sealed partial class PageTests
{
    private static readonly string[] s_languages = ["csharp", "cs", "c", "sh", "bash", "text", "json", "mermaid", "xml", "csv"];

    public static TheoryData<string> All => new(Pages.All);

    [Theory]
    [MemberData(nameof(All))]
    public void A_page_links_only_to_what_is_there(string page)
    {
        var text = File.ReadAllText(Path.Combine(Machine.RepositoryRoot, page));
        var folder = Path.GetDirectoryName(Path.Combine(Machine.RepositoryRoot, page))!;
        var missing = Links().Matches(text).Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith('#'))
            .Where(link => !Path.Exists(Path.Combine(folder, link.Split('#')[0])));
        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_page_says_the_language_of_each_snippet(string page) =>
        Assert.All(Pages.Of(page), snippet => Assert.True(
            s_languages.Contains(snippet.Language), $"{snippet.Place}: '{snippet.Language}' is none of {string.Join(", ", s_languages)}: a misspelt language is never run"));

    [Fact]
    public void A_snippet_is_read_with_its_line_and_its_words()
    {
        var snippets = Snippet.Read("page.md", "text\n```csharp norun more\nvar x = 1;\n```\n- item\n  ```sh\n  ls\n  ```\n").ToList();
        Assert.Equal(2, snippets.Count);
        Assert.Equal(("page.md:3", "csharp", "var x = 1;\n"), (snippets[0].Place, snippets[0].Language, snippets[0].Text));
        Assert.Equal(["norun", "more"], snippets[0].Words);
        Assert.Equal(("page.md:7", "sh", "ls\n"), (snippets[1].Place, snippets[1].Language, snippets[1].Text));
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();
}
