namespace BpfInteractive;

/// <summary>A compiled BPF program: an ELF object ready to be opened, and what clang said.</summary>
public sealed class CompiledObject
{
    internal CompiledObject(ReadOnlyMemory<byte> image, IReadOnlyList<SourceDiagnostic> diagnostics, string sourceName, string? sourceText)
    {
        Object = image;
        Diagnostics = diagnostics;
        SourceName = sourceName;
        SourceText = sourceText;
    }

    /// <summary>The object file: ELF for BPF, with BTF.</summary>
    public ReadOnlyMemory<byte> Object { get; }

    /// <summary>clang's warnings.</summary>
    public IReadOnlyList<SourceDiagnostic> Diagnostics { get; }

    /// <summary>The source's name, as given.</summary>
    public string SourceName { get; }

    /// <summary>The source's text; null when only an object was given.</summary>
    public string? SourceText { get; }

    /// <summary>Whether it came from the cache.</summary>
    public bool IsFromCache { get; internal init; }

    /// <inheritdoc/>
    public override string ToString() => $"{SourceName}: {Object.Length} bytes";
}
