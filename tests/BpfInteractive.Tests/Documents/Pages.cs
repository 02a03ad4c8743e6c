namespace BpfInteractive.Tests.Documents;

/// <summary>The project's pages for people, and the snippets in them.</summary>
internal static class Pages
{
    /// <summary>The pages' paths from the repository's root.</summary>
    public static IReadOnlyList<string> All { get; } = Find();

    /// <summary>Every snippet in one of these languages.</summary>
    public static IEnumerable<Snippet> Snippets(params string[] languages) =>
        All.SelectMany(Of).Where(snippet => languages.Contains(snippet.Language));

    /// <summary>Every snippet of a page.</summary>
    public static IEnumerable<Snippet> Of(string page) => Snippet.Read(page, File.ReadAllText(Path.Combine(Machine.RepositoryRoot, page)));

    /// <summary>The snippet at a place that <see cref="Snippet.Place"/> named.</summary>
    public static Snippet At(string place) => Of(place[..place.LastIndexOf(':')]).Single(snippet => snippet.Place == place);

    /// <summary>The snippet at a place and those before it that it goes on from, first to last.</summary>
    public static IReadOnlyList<Snippet> Chain(string place)
    {
        var last = At(place);
        var same = Of(last.Page).Where(snippet => snippet.Language == last.Language && snippet.Line <= last.Line).ToList();
        var first = same.FindLastIndex(snippet => !snippet.Words.Contains("more"));
        return first < 0 ? throw new InvalidOperationException($"{place}: no snippet before it to go on from") : same[first..];
    }

    private static List<string> Find()
    {
        var pages = Directory.EnumerateFiles(Machine.RepositoryRoot, "*.md");
        var docs = Path.Combine(Machine.RepositoryRoot, "docs");
        if (Directory.Exists(docs))
        {
            pages = pages.Concat(Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories));
        }

        return [.. pages.Select(page => Path.GetRelativePath(Machine.RepositoryRoot, page)).Order(StringComparer.Ordinal)];
    }
}
