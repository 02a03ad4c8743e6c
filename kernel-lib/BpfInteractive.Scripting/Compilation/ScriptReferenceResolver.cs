using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfInteractive.Scripting;

/// <summary>
/// Answers <c>#r</c>: packages that were restored before the compilation began, files beside the script, and assembly names. An assembly that this
/// process runs on is always answered by the running one.
/// </summary>
internal sealed class ScriptReferenceResolver(string baseDirectory) : MetadataReferenceResolver
{
    private readonly Dictionary<string, PortableExecutableReference> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broughtIn = new(StringComparer.Ordinal);
    private PackageSet _packages = PackageSet.Empty;

    public override bool ResolveMissingAssemblies => true;

    /// <summary>What the resolved lines brought in from outside this process.</summary>
    internal ScriptReferences References => new([.. _broughtIn.Union(_packages.RuntimeFiles)], _packages.NativeFiles);

    /// <summary>What to compile against because of <c>#r "nuget: ..."</c> lines.</summary>
    internal IEnumerable<MetadataReference> PackageReferences => _packages.CompileFiles.Select(Reference);

    /// <summary>Makes the files of restored packages known.</summary>
    internal void Use(PackageSet packages) => _packages = packages;

    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        if (PackageDirective.TryParse(reference, out _))
        {
            // The compiler takes one file a directive; a package's many are given to it beside the directives (PackageReferences), and this line stands for nothing more.
            return [MappedReferences.Of(typeof(object).Assembly.Location)];
        }

        return FindAssembly(reference, baseFilePath) is { } found ? [found] : [];
    }

    /// <summary>Assemblies that references of the script refer to in turn: running ones, a package's, or a neighbour of the one that asks.</summary>
    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity)
    {
        var name = referenceIdentity.Name;
        if (RunningAssemblies.FindPath(name) is { } running)
        {
            return MappedReferences.Of(running);
        }

        if (_packages.CompileFiles.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file).Equals(name, StringComparison.OrdinalIgnoreCase)) is { } packaged)
        {
            return Reference(packaged);
        }

        var neighbour = (definition as PortableExecutableReference)?.FilePath is { } from ? Path.Combine(Path.GetDirectoryName(from)!, name + ".dll") : null;
        return File.Exists(neighbour) ? Reference(BringIn(neighbour)) : null;
    }

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private PortableExecutableReference? FindAssembly(string reference, string? baseFilePath)
    {
        var isFile = reference.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || reference.Contains('/', StringComparison.Ordinal);
        var name = isFile ? Path.GetFileNameWithoutExtension(reference) : reference.Split(',')[0].Trim();
        if (RunningAssemblies.FindPath(name) is { } running)
        {
            return MappedReferences.Of(running);
        }

        var directory = !Path.IsPathFullyQualified(baseFilePath ?? "") ? baseDirectory : Path.GetDirectoryName(baseFilePath)!; // a cell has a name and no folder
        var path = Path.GetFullPath(reference, directory);
        return File.Exists(path) ? Reference(BringIn(path)) : null;
    }

    private string BringIn(string path)
    {
        _broughtIn.Add(path);
        return path;
    }

    private PortableExecutableReference Reference(string path)
    {
        if (!_files.TryGetValue(path, out var reference))
        {
            _files[path] = reference = MetadataReference.CreateFromFile(path);
        }

        return reference;
    }
}
