namespace BpfInteractive;

/// <summary>
/// An object could not be opened or loaded for a reason outside the verifier: a map without sizes, a function that this kernel lacks, a
/// section nobody knows, missing rights.
/// </summary>
public sealed class LoadException : BpfException
{
    internal LoadException(
        string operation, string subject, int errno, string detail, string? hint, IReadOnlyList<string> messages, string? program, string? map)
        : base(operation, subject, errno, detail, hint)
    {
        Messages = messages;
        Program = program;
        Map = map;
    }

    /// <summary>The program it is about, or null.</summary>
    public string? Program { get; }

    /// <summary>The map it is about, or null.</summary>
    public string? Map { get; }

    /// <summary>All that libbpf said, in order.</summary>
    public IReadOnlyList<string> Messages { get; }
}
