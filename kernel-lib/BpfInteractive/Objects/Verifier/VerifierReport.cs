namespace BpfInteractive;

/// <summary>What a verifier log says: its last words, and where they were said.</summary>
/// <param name="Summary">The refusal in the kernel's words, one to three lines joined by "; ".</param>
/// <param name="Instruction">The instruction it is about, counted after libbpf appended the functions it calls; null where none is named.</param>
/// <param name="QuotedFile">The source file as the log quotes it (since Linux 6.9), or null.</param>
/// <param name="QuotedLine">The source line as the log quotes it, or 0.</param>
/// <param name="QuotedText">The source text as the log quotes it, or null.</param>
/// <param name="CausalPath">How it came about, one step a line (since Linux 7.3); else empty.</param>
/// <param name="Suggestion">What the kernel suggests (since Linux 7.3); else null.</param>
internal sealed record VerifierReport(
    string Summary,
    int? Instruction,
    string? QuotedFile,
    int QuotedLine,
    string? QuotedText,
    IReadOnlyList<string> CausalPath,
    string? Suggestion)
{
    /// <summary>A report of a log that says nothing.</summary>
    internal static VerifierReport Empty { get; } = new("", null, null, 0, null, [], null);

    /// <summary>Reads a log of either format.</summary>
    internal static VerifierReport Parse(string log)
    {
        var lines = log.Split('\n');
        return StructuredVerifierLog.IsStructured(lines) ? StructuredVerifierLog.Parse(lines) : PlainVerifierLog.Parse(lines);
    }
}
