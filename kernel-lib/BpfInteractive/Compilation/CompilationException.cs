using System.Globalization;

namespace BpfInteractive;

/// <summary>A source that clang refused. The message shows the first errors, each with its line and a caret; <see cref="Diagnostics"/> holds all.</summary>
public sealed class CompilationException : BpfException
{
    private const int ShownErrors = 3;

    /// <summary>Makes an exception from clang's findings.</summary>
    /// <param name="source">The source as it was named.</param>
    /// <param name="diagnostics">All findings.</param>
    public CompilationException(string source, IReadOnlyList<SourceDiagnostic> diagnostics)
        : base("compile", source, detail: Summarize(diagnostics)) => Diagnostics = diagnostics;

    /// <summary>All findings in clang's order, warnings too.</summary>
    public IReadOnlyList<SourceDiagnostic> Diagnostics { get; }

    private static string Summarize(IReadOnlyList<SourceDiagnostic> diagnostics)
    {
        var errors = diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToList();
        var shown = string.Join('\n', errors.Take(ShownErrors));
        return errors.Count switch
        {
            0 => "clang failed without saying why",
            1 => "\n" + shown,
            > ShownErrors => string.Create(CultureInfo.InvariantCulture, $"{errors.Count} errors\n{shown}\n... and {errors.Count - ShownErrors} more"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{errors.Count} errors\n{shown}"),
        };
    }
}
