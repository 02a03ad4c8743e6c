namespace BpfInteractive.Tests.Documents;

/// <summary>Every shell snippet of the pages is run as it stands, as if in the repository's root, and ends with status 0.</summary>
[Collection(Alone.Name)]
[Slow]
public sealed class ShellSnippetTests
{
    public static TheoryData<string> Places => new(Pages.Snippets("sh", "bash").Select(snippet => snippet.Place));

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_snippet_names_scripts_that_are_there(string place)
    {
        var snippet = Pages.At(place);
        var (status, _, errors) = await TestProcess.RunAsync("/bin/bash", ["-n", "-c", snippet.Text], Machine.RepositoryRoot);
        Assert.True(status == 0, errors);
        foreach (var word in snippet.Text.Split([' ', '\n', '(', ')', ';', '`'], StringSplitOptions.RemoveEmptyEntries).Where(IsOurFile))
        {
            Assert.True(Path.Exists(Path.Combine(Machine.RepositoryRoot, word)), $"{place}: there is no {word}");
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_snippet_runs(string place)
    {
        var snippet = Pages.At(place);
        if (snippet.Words.Contains("norun"))
        {
            return; // said on the page; it is looked through above
        }

        Require.Root();

        // A root without sudo (a container, a CI machine) runs the same lines. What they write is left in a folder of the test's own.
        using var folder = new TemporaryFolder();
        foreach (var entry in Directory.EnumerateFileSystemEntries(Machine.RepositoryRoot).Where(entry => !Path.GetFileName(entry).StartsWith('.')))
        {
            File.CreateSymbolicLink(folder[Path.GetFileName(entry)], entry);
        }

        var script = "set -e\nsudo() { \"$@\"; }\n" + snippet.Text;
        var (status, output, errors) = await TestProcess.RunAsync("/bin/bash", ["-c", script], folder.FullName, limit: TimeSpan.FromMinutes(10));
        Assert.True(status == 0, $"{place} ended with {status}\n{output}\n{errors}");
    }

    private static bool IsOurFile(string word) =>
        new[] { "scripts/", "bpf/", "notebooks/", "tests/", "./scripts/" }.Any(start => word.StartsWith(start, StringComparison.Ordinal));
}
