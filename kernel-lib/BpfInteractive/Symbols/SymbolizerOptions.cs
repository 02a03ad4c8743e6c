namespace BpfInteractive;

/// <summary>Where a <see cref="Symbolizer"/> looks, and how much it keeps.</summary>
public sealed record SymbolizerOptions
{
    /// <summary>How many bytes of symbol tables and names are kept; the least recently used module goes first. A module in use stays whatever its size.</summary>
    public long CacheBytes { get; init; } = 256L << 20;

    /// <summary>Folders with separate debug files, as gdb's debug-file-directory: /usr/lib/debug.</summary>
    public IReadOnlyList<string> DebugFolders { get; init; } = ["/usr/lib/debug"];

    /// <summary>The servers that are asked for files which are not on this machine, and the cache of what they sent; null for neither.</summary>
    public DebuginfodOptions? Debuginfod { get; init; }

    /// <summary>
    /// Whether places get their source lines too, and the functions that were inlined there, by the debug information (DWARF 2 to 5) of the file or of its separate debug file. That
    /// takes as much memory as the information has bytes.
    /// </summary>
    public bool Lines { get; init; }

    /// <summary>Whether names of C++ and Rust are turned into those of the source.</summary>
    public bool Demangle { get; init; } = true;
}
