using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;

namespace BpfInteractive.Scripting;

/// <summary>
/// The assemblies this process runs on, as the compiler reads them: mapped, where <c>MetadataReference.CreateFromFile</c> would copy each file in whole. What it does
/// not look at takes no memory, and what it looks at is the page cache's. Each is mapped once, for as long as the process lives. Thread-safe.
/// </summary>
/// <remarks>For files that do not change while the process runs: those of the framework and of the tool itself, which the runtime has mapped as well.</remarks>
internal static class MappedReferences
{
    private static readonly ConcurrentDictionary<string, Lazy<Mapped>> s_mapped = new(StringComparer.Ordinal);

    /// <summary>The reference to an assembly's file.</summary>
    internal static PortableExecutableReference Of(string path) => s_mapped.GetOrAdd(path, static path => new(() => Map(path))).Value.Reference;

    /// <summary>
    /// The references to assemblies without those that only send a reader on to another and that none of the others asks for: the compiler looks for names in each. One that is asked
    /// for later, by a package, is found all the same (<see cref="ScriptReferenceResolver.ResolveMissingAssembly"/>).
    /// </summary>
    internal static IEnumerable<PortableExecutableReference> WithoutFacades(IEnumerable<string> paths)
    {
        var all = paths.Select(path => (Name: Path.GetFileNameWithoutExtension(path), Reference: Of(path))).ToList();
        var facades = all.Where(entry => IsFacade(Reader(entry.Reference))).Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var reader in all.Where(entry => !facades.Contains(entry.Name)).Select(entry => Reader(entry.Reference)))
        {
            facades.ExceptWith(reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name)).ToList());
        }

        return all.Where(entry => !facades.Contains(entry.Name)).Select(entry => entry.Reference);
    }

    private static MetadataReader Reader(PortableExecutableReference reference) => ((AssemblyMetadata)reference.GetMetadata()).GetModules()[0].GetMetadataReader();

    private static bool IsFacade(MetadataReader reader) => reader.ExportedTypes.Count > 0 && reader.TypeDefinitions.All(handle =>
        (reader.GetTypeDefinition(handle).Attributes & TypeAttributes.VisibilityMask) != TypeAttributes.Public);

    private static Mapped Map(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 4096);
        var headers = new PEHeaders(stream);
        if (headers.MetadataSize == 0)
        {
            return new(MetadataReference.CreateFromFile(path), null); // the compiler itself says what is wrong with it
        }

        using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var view = file.CreateViewAccessor(headers.MetadataStartOffset, headers.MetadataSize, MemoryMappedFileAccess.Read);
        var start = view.SafeMemoryMappedViewHandle.DangerousGetHandle() + (nint)view.PointerOffset; // the view is held beside it and never closed
        var metadata = AssemblyMetadata.Create(ModuleMetadata.CreateFromMetadata(start, headers.MetadataSize));
        return new(metadata.GetReference(filePath: path, display: path), view);
    }

    private sealed record Mapped(PortableExecutableReference Reference, MemoryMappedViewAccessor? View);
}
