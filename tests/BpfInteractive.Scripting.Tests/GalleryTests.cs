using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Scripting.Tests;

/// <summary>The notebooks of the gallery, each from start to end. Their exercises' solutions are cells that throw where they are wrong.</summary>
[Slow]
public sealed class GalleryTests
{
    private static string Folder => Path.Combine(Machine.RepositoryRoot, "notebooks");

    public static TheoryData<string> Notebooks => [.. Directory.GetFiles(Folder, "*.ipynb").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Notebooks))]
    public async Task Runs_from_start_to_end_and_its_solutions_hold(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var notebook = NotebookFile.Read(Path.Combine(Folder, name));
        Assert.Contains(notebook.Cells, cell => cell.Tags.Contains("solution"));
        Assert.DoesNotContain(notebook.Cells, cell => cell.Outputs.Count > 0); // what cells show is of one machine
        using var folder = new ScriptFolder();
        var (status, _, errors) = await folder.RunToolAsync(["run", Path.Combine(Folder, name), "--html", "page.html"]);
        Assert.True(status == 0, errors);
        Assert.Contains(notebook.Cells[0].Text.Split('\n')[0].TrimStart('#', ' '), folder.Read("page.html"), StringComparison.Ordinal);
    }
}
