using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Text;

namespace BpfInteractive.Scripting;

/// <summary>A session as Roslyn's language services see it: a chain of projects, one for each piece of code that ran. Not thread-safe.</summary>
internal sealed class SubmissionProjects : IDisposable
{
    internal static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);

    private readonly AdhocWorkspace _workspace = new(MefHostServices.Create(MefHostServices.DefaultAssemblies));
    private readonly CSharpCompilationOptions _options;
    private readonly IReadOnlyList<MetadataReference> _references;
    private Solution _solution;
    private ProjectId? _previous;
    private int _count;

    internal SubmissionProjects(ScriptOptions options)
    {
        _options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            usings: options.Imports,
            metadataReferenceResolver: options.MetadataResolver,
            sourceReferenceResolver: options.SourceResolver,
            allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Annotations);
        _references = options.MetadataReferences;
        _solution = _workspace.CurrentSolution;
    }

    public void Dispose() => _workspace.Dispose();

    /// <summary>Adds code that ran to the chain.</summary>
    /// <param name="code">The code.</param>
    /// <param name="references">What it was compiled against beside what the code before it was.</param>
    internal void Accept(string code, IReadOnlyList<MetadataReference> references) => (_solution, _previous, _) = With(code, references);

    /// <summary>A document with a text at the end of the chain, which stays as it is.</summary>
    internal Document Typed(string text)
    {
        var (solution, _, document) = With(text, _previous is null ? _references : []);
        return solution.GetDocument(document)!;
    }

    private (Solution Solution, ProjectId Project, DocumentId Document) With(string code, IReadOnlyList<MetadataReference> references)
    {
        var project = ProjectId.CreateNewId();
        var document = DocumentId.CreateNewId(project);
        var name = $"submission{_count++}";
        var info = ProjectInfo.Create(
            project,
            VersionStamp.Create(),
            name,
            name,
            LanguageNames.CSharp,
            compilationOptions: _previous is null ? _options : _options.WithUsings(Array.Empty<string>()), // a submission has the usings of those before it
            parseOptions: ParseOptions,
            projectReferences: _previous is null ? [] : [new ProjectReference(_previous)],
            metadataReferences: references,
            isSubmission: true,
            hostObjectType: typeof(ScriptGlobals));
        var solution = _solution.AddProject(info).AddDocument(document, name + ".csx", SourceText.From(code));
        return (solution, project, document);
    }
}
