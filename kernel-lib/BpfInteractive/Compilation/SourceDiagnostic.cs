using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>How grave a finding is.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Explains another finding.</summary>
    Note,

    /// <summary>Worth a look; the program was compiled.</summary>
    Warning,

    /// <summary>The program was not compiled, or not accepted.</summary>
    Error,
}

/// <summary>A finding at a place in a source: clang's, or the verifier's.</summary>
/// <param name="File">The file as it was named to the compiler; "" where the finding belongs to none.</param>
/// <param name="Line">The line, from 1; 0 where the finding belongs to none.</param>
/// <param name="Column">The column in bytes, from 1; 0 where it is not known.</param>
/// <param name="Severity">How grave it is.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="SourceLine">The text of the line; null where it is not at hand.</param>
public sealed record SourceDiagnostic(string File, int Line, int Column, DiagnosticSeverity Severity, string Message, string? SourceLine)
{
    /// <summary>What explains it: where a macro was defined, an earlier declaration.</summary>
    public IReadOnlyList<SourceDiagnostic> Notes { get; init; } = [];

    /// <summary>As compilers print it: <c>file:line:column: severity: message</c>, then the line with a caret under the column, then the notes.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (File.Length > 0)
        {
            text.Append(File).Append(':');
            if (Line > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{Line}:");
            }

            if (Column > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{Column}:");
            }

            text.Append(' ');
        }

        text.Append(Severity switch { DiagnosticSeverity.Note => "note", DiagnosticSeverity.Warning => "warning", _ => "error" }).Append(": ").Append(Message);
        AppendLine(text);
        foreach (var note in Notes)
        {
            text.Append('\n').Append(note);
        }

        return text.ToString();
    }

    private void AppendLine(StringBuilder text)
    {
        if (string.IsNullOrWhiteSpace(SourceLine))
        {
            return;
        }

        text.Append("\n    ").Append(SourceLine);
        if (Column > 0)
        {
            // Tabs stay tabs, so that the caret stands under its letter whatever their width. Columns count bytes of UTF-8.
            text.Append("\n    ");
            var bytes = 1;
            foreach (var rune in SourceLine.EnumerateRunes())
            {
                if (bytes >= Column)
                {
                    break;
                }

                text.Append(rune.Value == '\t' ? '\t' : ' ');
                bytes += rune.Utf8SequenceLength;
            }

            text.Append('^');
        }
    }
}
