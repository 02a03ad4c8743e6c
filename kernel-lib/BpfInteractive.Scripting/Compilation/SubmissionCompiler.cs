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
    private readonly Lazy<CSharpCompilation> _first;
    private CSharpCompilation? _previous;

    /// <summary>What the next submission is made from by putting its text in: its references are those of the chain, and are bound once for all texts that do not grow it.</summary>
    private CSharpCompilation? _next;
    private int _count;
    private int _unnamed;

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
            .WithReferences(MappedReferences.WithoutFacades(RunningAssemblies.DefaultReferencePaths()))
            .WithImports(RunningAssemblies.DefaultImports())
            .WithMetadataResolver(_references)
            .WithSourceResolver(_sources)
            .WithLanguageVersion(LanguageVersion.Latest)
            .WithOptimizationLevel(OptimizationLevel.Release)
            .WithEmitDebugInformation(true)
            .WithFileEncoding(Encoding.UTF8)
            .WithAllowUnsafe(true);
        _first = new(() => WithoutHostAlias((CSharpCompilation)CSharpScript.Create<object>("", _options, typeof(ScriptGlobals)).GetCompilation()));
    }

    /// <summary>Ends the compiler; a compilation under way must have ended.</summary>
    public void Dispose() => _oneAtATime.Dispose();

    /// <summary>What every submission is compiled with, and where <c>#r</c> and <c>#load</c> are answered.</summary>
    internal ScriptOptions Options => _options;

    /// <summary>Compiles one submission; it becomes part of the chain only when <see cref="Accept"/> is called, after it ran.</summary>
    /// <exception cref="ScriptCompilationException">The text does not compile.</exception>
    internal async Task<(CompiledSubmission Submission, CSharpCompilation Compilation)> CompileAsync(string code, string path, CancellationToken cancellationToken)
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

    /// <summary>
    /// Whether a submission leaves anything that another could see. One that does not is never part of the chain, which the compiler keeps in memory whole: the next takes its place.
    /// </summary>
    internal static bool Declares(CSharpCompilation compilation) =>
        compilation.SyntaxTrees.Length > 1
        || compilation.ScriptClass?.GetMembers().Any(member => !member.IsImplicitlyDeclared) == true
        || compilation.SyntaxTrees.Any(tree => tree.GetCompilationUnitRoot() is var root
            && (root.Usings.Count > 0 || root.Externs.Count > 0 || root.GetReferenceDirectives().Count > 0 || root.GetLoadDirectives().Count > 0));

    /// <summary>Makes a submission that ran, and that declared something, the one that the next continues.</summary>
    internal void Accept(CSharpCompilation compilation)
    {
        _previous = compilation;
        _inChain.UnionWith(compilation.References.Select(reference => reference.Display ?? ""));

        // Binding the chain's references takes as long as compiling a small cell, and who reads what this one showed does not wait for it. Whoever comes before it is done shares it.
        var next = _next = Next(s_nothing, []);
        _ = Task.Run(() => next.Assembly);
    }

    /// <summary>What a submission was compiled against beside what it has from those before it: what it brought in itself too.</summary>
    internal static IReadOnlyList<MetadataReference> ReferencesOf(CSharpCompilation compilation) => [.. compilation.References.Where(reference => reference is not CompilationReference)];

    /// <summary>Adds a package source for the packages of later submissions.</summary>
    internal void AddPackageSource(string source) => _packages.AddSource(source);

    private async Task<(CompiledSubmission Submission, CSharpCompilation Compilation)> CompileNextAsync(string code, string path, CancellationToken cancellationToken)
    {
        await RestorePackagesAsync(code, path, cancellationToken).ConfigureAwait(false);
        var packages = _references.PackageReferences.Where(reference => !_inChain.Contains(reference.Display ?? "")).ToList();
        var tree = CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), s_parseOptions, path, cancellationToken);
        if (packages.Count > 0)
        {
            return Emit(Next(tree, packages), cancellationToken);
        }

        // The compiler keeps bound references where neither text has a line that asks for more (CSharpCompilation.ReplaceSyntaxTree), and the assembly's name stays.
        _next ??= Next(s_nothing, []);
        return Emit(_next.ReplaceSyntaxTree(s_nothing, tree), cancellationToken);
    }

    /// <summary>
    /// The compilation of a text that sees what the chain declares. Roslyn's own chain (<c>Script.ContinueWith</c>) would analyse each submission once more when the next comes, for
    /// it keeps another compilation than the one that was emitted.
    /// </summary>
    private CSharpCompilation Next(SyntaxTree tree, IEnumerable<MetadataReference> packages)
    {
        var first = _first.Value;
        var number = ++_count;
        var options = first.Options
            .WithScriptClassName(FormattableString.Invariant($"Submission#{number}"))
            .WithConcurrentBuild(false) // a cell is small: handing its parts to other threads takes longer than compiling them
            .WithNullableContextOptions(NullableContextOptions.Annotations)
            .WithSpecificDiagnosticOptions(s_unifiedVersions);

        // A submission has the references and imports of those before it. Given once more they would add up in each, and the memory grow with the square of the cells.
        var compilation = CSharpCompilation.CreateScriptCompilation(
            FormattableString.Invariant($"{first.AssemblyName}-{number}"),
            tree,
            _previous is null ? first.References.Concat(packages) : packages,
            _previous is null ? options : options.WithUsings(Array.Empty<string>()),
            previousScriptCompilation: null,
            returnType: typeof(object),
            globalsType: typeof(ScriptGlobals));
        return _previous is null ? compilation : compilation.WithScriptCompilationInfo(compilation.ScriptCompilationInfo!.WithPreviousScriptCompilation(_previous));
    }

    /// <summary>
    /// Roslyn keeps what the globals' assembly refers to apart from what a script refers to, under the alias "&lt;host&gt;". Here both are the same assemblies, and each aliased one would be named in
    /// the assembly that is written and in its symbols: 145 of them for <c>1+1</c>.
    /// </summary>
    private static CSharpCompilation WithoutHostAlias(CSharpCompilation compilation) => compilation.WithReferences(compilation.References.Select(reference =>
        reference.Properties.Aliases.Contains("<host>") ? reference.WithProperties(MetadataReferenceProperties.Assembly) : reference));

    private (CompiledSubmission Submission, CSharpCompilation Compilation) Emit(CSharpCompilation compilation, CancellationToken cancellationToken)
    {
        using var assembly = new MemoryStream();
        using var symbols = new MemoryStream();
        var declares = Declares(compilation);
        var options = new EmitOptions(
            debugInformationFormat: DebugInformationFormat.PortablePdb,
            outputNameOverride: declares ? null : FormattableString.Invariant($"{compilation.AssemblyName}+{++_unnamed}"));
        if (declares)
        {
            _next = null; // an assembly of its name may be loaded now
        }

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
        var submission = new CompiledSubmission(
            entry is null ? [] : assembly.ToArray(),
            symbols.ToArray(),
            entry?.ContainingType.MetadataName ?? "",
            entry?.MetadataName ?? "",
            [.. compilation.SyntaxTrees.Select(tree => tree.FilePath).Distinct()],
            _references.References,
            [.. findings.Select(finding => finding.ToString())]);
        return (submission, emitted);
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

    private static readonly SyntaxTree s_nothing = CSharpSyntaxTree.ParseText("", s_parseOptions);

    /// <summary>A package built for an older framework runs on this one: the two warnings that every project silences too.</summary>
    private static readonly Dictionary<string, ReportDiagnostic> s_unifiedVersions =
        new() { ["CS1701"] = ReportDiagnostic.Suppress, ["CS1702"] = ReportDiagnostic.Suppress };
}
