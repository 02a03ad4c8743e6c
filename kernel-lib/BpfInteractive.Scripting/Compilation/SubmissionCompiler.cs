using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Text;

namespace BpfInteractive.Scripting;

/// <summary>
/// Compiles a chain of submissions: each sees what those before it declared. A script is a chain of one. Only this class and its resolver touch the compiler.
/// </summary>
internal sealed class SubmissionCompiler : IDisposable
{
    private readonly ScriptReferenceResolver _references;
    private readonly SourceFileResolver _sources;
    private readonly ScriptOptions _options;
    private readonly PackageRestorer _packages;
    private readonly List<PackageDirective> _restored = [];
    private readonly HashSet<string> _inChain = [];
    private readonly bool _isInterruptible;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private Script<object>? _previous;

    /// <param name="baseDirectory">Where relative paths of <c>#r</c> and <c>#load</c> begin.</param>
    /// <param name="report">Told what takes time and what a person should know: packages restored, assemblies replaced by the running ones.</param>
    /// <param name="isInterruptible">Whether the code is to stop where its cell is interrupted (<see cref="CellInterrupt"/>).</param>
    internal SubmissionCompiler(string baseDirectory, Action<string> report, bool isInterruptible)
    {
        _isInterruptible = isInterruptible;
        _references = new ScriptReferenceResolver(baseDirectory);
        _sources = new SourceFileResolver([], baseDirectory);
        _packages = new PackageRestorer(baseDirectory, report);
        _options = ScriptOptions.Default
            .WithReferences(RunningAssemblies.DefaultReferencePaths().Select(MappedReferences.Of))
            .WithImports(RunningAssemblies.DefaultImports())
            .WithMetadataResolver(_references)
            .WithSourceResolver(_sources)
            .WithLanguageVersion(LanguageVersion.Latest)
            .WithOptimizationLevel(OptimizationLevel.Release)
            .WithEmitDebugInformation(true)
            .WithFileEncoding(Encoding.UTF8)
            .WithAllowUnsafe(true);
    }

    /// <summary>Ends the compiler; a compilation under way must have ended.</summary>
    public void Dispose() => _oneAtATime.Dispose();

    /// <summary>What every submission is compiled with, and where <c>#r</c> and <c>#load</c> are answered.</summary>
    internal ScriptOptions Options => _options;

    /// <summary>Compiles one submission; it becomes part of the chain only when <see cref="Accept"/> is called after it ran.</summary>
    /// <exception cref="ScriptCompilationException">The text does not compile.</exception>
    internal async Task<(CompiledSubmission Submission, Script<object> Script)> CompileAsync(string code, string path, CancellationToken cancellationToken)
    {
        // A warm-up may meet the first cell here.
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await CompileNextAsync(code, path, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Makes a submission that ran the one that the next continues.</summary>
    internal void Accept(Script<object> script)
    {
        _previous = script;
        _inChain.UnionWith(script.Options.MetadataReferences.Select(reference => reference.Display ?? ""));
    }

    /// <summary>What a submission was compiled against beside what it has from those before it: what it brought in itself too.</summary>
    internal static IReadOnlyList<MetadataReference> ReferencesOf(Script<object> script) => [.. script.GetCompilation().References.Where(reference => reference is not CompilationReference)];

    /// <summary>Adds a package source for the packages of later submissions.</summary>
    internal void AddPackageSource(string source) => _packages.AddSource(source);

    private async Task<(CompiledSubmission Submission, Script<object> Script)> CompileNextAsync(string code, string path, CancellationToken cancellationToken)
    {
        await RestorePackagesAsync(code, path, cancellationToken).ConfigureAwait(false);
        var packages = _references.PackageReferences.Where(reference => !_inChain.Contains(reference.Display ?? "")).ToList();

        // A submission has the references and imports of those before it. Given once more they would add up in each, and the memory grow with the square of the cells.
        var script = _previous is null
            ? CSharpScript.Create<object>(code, _options.WithFilePath(path).AddReferences(packages), typeof(ScriptGlobals))
            : _previous.ContinueWith<object>(code, _options.WithFilePath(path).WithReferences(packages).WithImports(Array.Empty<string>()));
        return (Emit((CSharpCompilation)script.GetCompilation(), cancellationToken), script);
    }

    private CompiledSubmission Emit(CSharpCompilation compilation, CancellationToken cancellationToken)
    {
        compilation = compilation.WithOptions(compilation.Options
            .WithNullableContextOptions(NullableContextOptions.Annotations)
            .WithSpecificDiagnosticOptions(s_unifiedVersions));
        using var assembly = new MemoryStream();
        using var symbols = new MemoryStream();
        var options = new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb);
        var emitted = _isInterruptible ? InterruptRewriter.Rewrite(compilation) : compilation;
        var result = emitted.Emit(assembly, symbols, options: options, cancellationToken: cancellationToken);
        var diagnostics = emitted == compilation || result.Diagnostics.IsEmpty ? result.Diagnostics : compilation.GetDiagnostics(cancellationToken);
        var findings = diagnostics
            .Where(diagnostic => diagnostic.Severity >= Microsoft.CodeAnalysis.DiagnosticSeverity.Warning && !diagnostic.IsSuppressed)
            .OrderBy(diagnostic => diagnostic.Location.SourceTree?.FilePath, StringComparer.Ordinal)
            .ThenBy(diagnostic => diagnostic.Location.SourceSpan.Start)
            .Select(ScriptDiagnostic.From)
            .ToList();
        if (!result.Success && findings.Exists(finding => finding.IsError))
        {
            throw new ScriptCompilationException(findings);
        }

        // Without a statement there is nothing to emit, which is not a success either.
        var entry = result.Success ? emitted.GetEntryPoint(cancellationToken) : null;
        return new CompiledSubmission(
            entry is null ? [] : assembly.ToArray(),
            symbols.ToArray(),
            entry?.ContainingType.MetadataName ?? "",
            entry?.MetadataName ?? "",
            [.. compilation.SyntaxTrees.Select(tree => tree.FilePath).Distinct()],
            _references.References,
            [.. findings.Select(finding => finding.ToString())]);
    }

    private async Task RestorePackagesAsync(string code, string path, CancellationToken cancellationToken)
    {
        var wanted = new List<(PackageDirective Package, Location Location)>();
        CollectPackages(code, path, wanted, []);
        var fresh = wanted.Where(entry => !_restored.Contains(entry.Package)).ToList();
        if (fresh.Count == 0)
        {
            return;
        }

        try
        {
            List<PackageDirective> all = [.. _restored, .. fresh.Select(entry => entry.Package).Distinct()];
            _references.Use(await _packages.RestoreAsync(all, cancellationToken).ConfigureAwait(false));
            _restored.AddRange(all.Except(_restored).ToList());
        }
        catch (PackageRestoreException error)
        {
            var blamed = fresh.Find(entry => error.Message.Contains(entry.Package.Name, StringComparison.OrdinalIgnoreCase));
            throw new ScriptCompilationException([ScriptDiagnostic.At(blamed.Location ?? fresh[0].Location, isError: true, "NUGET", error.Message)]);
        }
    }

    /// <summary>All packages are restored in one go, so their versions agree: the files that the script loads are read before it is compiled.</summary>
    private void CollectPackages(string code, string path, List<(PackageDirective Package, Location Location)> into, HashSet<string> visited)
    {
        if (!visited.Add(path) || (!code.Contains("nuget", StringComparison.OrdinalIgnoreCase) && !code.Contains("#load", StringComparison.Ordinal)))
        {
            return;
        }

        var tree = CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), s_parseOptions, path);
        var root = (CompilationUnitSyntax)tree.GetRoot();
        foreach (var directive in root.GetReferenceDirectives())
        {
            if (PackageDirective.TryParse(directive.File.ValueText, out var package))
            {
                into.Add((package, directive.File.GetLocation()));
            }
        }

        foreach (var directive in root.GetLoadDirectives())
        {
            if (_sources.ResolveReference(directive.File.ValueText, path) is { } loaded && File.Exists(loaded))
            {
                CollectPackages(File.ReadAllText(loaded), loaded, into, visited);
            }
        }
    }

    private static readonly CSharpParseOptions s_parseOptions = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);

    /// <summary>A package built for an older framework runs on this one: the two warnings that every project silences too.</summary>
    private static readonly Dictionary<string, ReportDiagnostic> s_unifiedVersions =
        new() { ["CS1701"] = ReportDiagnostic.Suppress, ["CS1702"] = ReportDiagnostic.Suppress };
}
