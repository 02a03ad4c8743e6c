using System.Text.RegularExpressions;
using BpfInteractive.Tests.Infrastructure;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;

namespace BpfInteractive.Scripting.Tests;

/// <summary>Notebooks of the gallery as Polyglot Notebooks have them (notebooks/polyglot): the same cells behind one that fetches the extension, in the stand-in of that host and in ours.</summary>
[Slow]
[Collection(StandInHost.Alone)]
public sealed partial class PolyglotGalleryTests : IDisposable
{
    private readonly CompositeKernel _root = new();
    private readonly StandInCSharpKernel _csharp = new();

    public static TheoryData<string> Notebooks => [.. Directory.GetFiles(Folder, "*.dib").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(Machine.RepositoryRoot, "notebooks", "polyglot");

    public void Dispose() => _root.Children.ForEach(child => child.Dispose());

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Its_cells_are_the_gallerys(string name)
    {
        var ours = NotebookFile.Read(Path.Combine(Machine.RepositoryRoot, "notebooks", Path.ChangeExtension(name, ".ipynb"))).Cells;
        var theirs = NotebookFile.Read(Path.Combine(Folder, name)).Cells.Where(cell => !IsFirst(cell)).ToList();
        Assert.Equal(ours.Select(cell => (cell.Kind, cell.Text.Trim())), theirs.Select(cell => (cell.Kind, WithoutTags(cell.Text).Trim())));
        Assert.Equal(ours.SelectMany(cell => cell.Tags), theirs.SelectMany(cell => cell.Tags));
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void The_other_host_reads_the_same_cells(string name)
    {
        // There a language alone on its line begins a cell; a line with options does not, and belongs to the text above it.
        var cells = Separator().Split(File.ReadAllText(Path.Combine(Folder, name))).Skip(1).Chunk(2).Where(cell => cell[0] == "csharp").Select(cell => cell[1].Trim('\n'));
        Assert.Equal(NotebookFile.Read(Path.Combine(Folder, name)).Cells.Where(cell => cell.IsCode).Select(cell => cell.Text), cells);
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public async Task It_runs_by_the_tool(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        using var folder = new ScriptFolder();
        var (status, _, errors) = await folder.RunToolAsync(["run", Path.Combine(Folder, name)]);
        Assert.True(status == 0, errors);
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public async Task It_runs_in_the_other_host(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        _root.Add(_csharp);
        var extension = await File.ReadAllTextAsync(Path.Combine(Machine.RepositoryRoot, "kernel-lib", "BpfInteractive.DotNetInteractive", "extension.dib"), TestContext.Current.CancellationToken);
        Assert.Empty((await _csharp.SendAsync(new SubmitCode(extension["#!csharp\n".Length..]))).Events.OfType<CommandFailed>());
        foreach (var cell in NotebookFile.Read(Path.Combine(Folder, name)).Cells.Where(cell => cell.IsCode))
        {
            var failures = (await RunAsync(cell.Text)).Events.OfType<CommandFailed>().Select(failed => failed.Message).ToList();
            Assert.True(failures.Count == (cell.Tags.Contains("raises-exception") ? 1 : 0), $"{cell.Text}\n{string.Join('\n', failures)}");
        }
    }

    [GeneratedRegex(@"^#!(meta|markdown|csharp|bpf)[ \t]*$", RegexOptions.Multiline)]
    private static partial Regex Separator();

    private static bool IsFirst(NotebookCell cell) => cell.Text.StartsWith("#r ", StringComparison.Ordinal);

    private static string WithoutTags(string text) => string.Join('\n', text.Split('\n').Where(line => !line.StartsWith("// tags:", StringComparison.Ordinal)));

    // The host reads the options of the line that names the kernel, and fetches packages before it compiles.
    private Task<KernelCommandResult> RunAsync(string cell)
    {
        if (!cell.StartsWith("#!bpf ", StringComparison.Ordinal))
        {
            return _csharp.SendAsync(new SubmitCode(string.Join('\n', cell.Split('\n').Where(line => !line.StartsWith("#r ", StringComparison.Ordinal)))));
        }

        var words = cell.Split('\n')[0].Split(' ')[1..];
        var parameters = new Dictionary<string, string>();
        for (var at = 0; at < words.Length; at++)
        {
            parameters[words[at]] = at + 1 < words.Length && !words[at + 1].StartsWith('-') ? words[++at] : "True";
        }

        return _root.Children.Single(child => child.Name == "bpf").SendAsync(new SubmitCode(cell[(cell.IndexOf('\n', StringComparison.Ordinal) + 1)..]) { Parameters = parameters });
    }
}
