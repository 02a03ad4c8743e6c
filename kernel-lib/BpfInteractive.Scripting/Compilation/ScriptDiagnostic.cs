using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;

namespace BpfInteractive.Scripting;

/// <summary>One finding of the C# compiler at a line of a script or cell.</summary>
/// <param name="File">The script's path, as the user gave it.</param>
/// <param name="Line">The line, from 1; 0 when the finding has no place.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="IsError">False for a warning.</param>
/// <param name="Id">The compiler's number: "CS1002".</param>
/// <param name="Message">What the compiler says.</param>
/// <param name="SourceLine">The text of the line, or null.</param>
public sealed record ScriptDiagnostic(string File, int Line, int Column, bool IsError, string Id, string Message, string? SourceLine)
{
    /// <summary>As csc prints it, with the line and a caret below: <c>tour.csx(3,7): error CS1002: ; expected</c>.</summary>
    public override string ToString()
    {
        var place = Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{File}({Line},{Column}): ") : $"{File}: ";
        var text = new StringBuilder(place).Append(IsError ? "error " : "warning ").Append(Id).Append(": ").Append(Message);
        if (!string.IsNullOrWhiteSpace(SourceLine))
        {
            var caretColumn = Math.Clamp(Column - 1, 0, SourceLine.Length);
            var indent = new string([.. SourceLine[..caretColumn].Select(c => c == '\t' ? '\t' : ' ')]);
            text.Append('\n').Append("    ").Append(SourceLine.TrimEnd()).Append('\n').Append("    ").Append(indent).Append('^');
        }

        return text.ToString();
    }

    internal static ScriptDiagnostic From(Diagnostic diagnostic) =>
        At(diagnostic.Location, diagnostic.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error, diagnostic.Id, diagnostic.GetMessage(CultureInfo.InvariantCulture));

    internal static ScriptDiagnostic At(Location location, bool isError, string id, string message)
    {
        var span = location.GetMappedLineSpan();
        var start = span.StartLinePosition;
        var sourceLine = location.SourceTree is { } tree ? LineAt(tree, location) : null;
        return new ScriptDiagnostic(
            DisplayPath.Of(span.Path ?? ""),
            span.IsValid ? start.Line + 1 : 0,
            span.IsValid ? start.Character + 1 : 0,
            isError,
            id,
            message + HintFor(id, sourceLine),
            sourceLine);
    }

    private static string LineAt(SyntaxTree tree, Location location)
    {
        var text = tree.GetText();
        return text.Lines.GetLineFromPosition(location.SourceSpan.Start).ToString();
    }

    /// <summary>C#'s scripting dialect has no using declaration at its top level, and says so only as "; expected".</summary>
    private static string HintFor(string id, string? sourceLine)
    {
        var line = sourceLine?.TrimStart() ?? "";
        var isUsingDeclaration = line.StartsWith("using var ", StringComparison.Ordinal)
            || (line.StartsWith("using ", StringComparison.Ordinal) && line.Contains("= new", StringComparison.Ordinal));
        return id is "CS1002" or "CS1001" or "CS0116" or "CS0246" or "CS7021" or "CS1525" && isUsingDeclaration
            ? " (a script has no 'using' declaration at its top level: write 'var', BPF objects are closed when the script ends)"
            : "";
    }
}

/// <summary>A script or cell that does not compile.</summary>
public sealed class ScriptCompilationException : Exception
{
    /// <summary>Makes the exception from the compiler's findings.</summary>
    /// <param name="diagnostics">The findings, errors first or not.</param>
    public ScriptCompilationException(IReadOnlyList<ScriptDiagnostic> diagnostics)
        : base(string.Join('\n', diagnostics.Where(diagnostic => diagnostic.IsError))) => Diagnostics = diagnostics;

    /// <summary>The compiler's findings, warnings too.</summary>
    public IReadOnlyList<ScriptDiagnostic> Diagnostics { get; }
}
