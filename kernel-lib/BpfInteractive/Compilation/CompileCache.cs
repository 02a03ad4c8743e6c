using System.Collections.Concurrent;

namespace BpfInteractive;

/// <summary>Compiled objects by the hash of everything that went into them: in memory, and in files for the next process.</summary>
internal static class CompileCache
{
    private const int MaxInMemory = 128;
    private const string Folder = "objects";

    private static readonly ConcurrentDictionary<string, (byte[] Object, IReadOnlyList<SourceDiagnostic> Diagnostics)> s_memory = new(StringComparer.Ordinal);

    internal static CompiledObject? TryGet(string key, string source, string name)
    {
        if (s_memory.TryGetValue(key, out var entry))
        {
            return new CompiledObject(entry.Object, entry.Diagnostics, name, source) { IsFromCache = true };
        }

        if (CacheFolder.TryRead(Folder, key) is not { } file || CompileCacheEntry.TryRead(file) is not { } read)
        {
            return null;
        }

        Remember(key, read.Object, read.Diagnostics);
        return new CompiledObject(read.Object, read.Diagnostics, name, source) { IsFromCache = true };
    }

    internal static void Add(string key, CompiledObject compiled)
    {
        var image = compiled.Object.ToArray();
        Remember(key, image, compiled.Diagnostics);
        CacheFolder.Write(Folder, key, CompileCacheEntry.Write(image, compiled.Diagnostics));
    }

    private static void Remember(string key, byte[] image, IReadOnlyList<SourceDiagnostic> diagnostics)
    {
        if (s_memory.Count >= MaxInMemory)
        {
            s_memory.Clear();
        }

        s_memory[key] = (image, diagnostics);
    }
}
