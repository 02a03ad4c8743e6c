using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;
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
