using System.Net;
using System.Text;

namespace BpfInteractive.Cells;

/// <summary>A BPF cell was refused. The message is what a console shows: the finding at the cell's own line with the source, what it means, what to do, the end of the log.</summary>
public sealed class BpfCellException : Exception
{
    private readonly string? _log;

    private BpfCellException(string message, string summary, string? log, Exception cause)
        : base(message, cause)
    {
        Summary = summary;
        _log = log;
    }

    /// <summary>One line: what refused.</summary>
    public string Summary { get; }

    /// <summary>An HTML fragment, for notebooks: the message, and the verifier's whole log folded away.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder($"<div><pre style=\"color:#a33f00\">{WebUtility.HtmlEncode(Message)}</pre>");
        if (_log is not null)
        {
            html.Append($"<details><summary>the verifier's whole log, {_log.Count(static c => c == '\n') + 1} lines</summary><pre>{WebUtility.HtmlEncode(_log)}</pre></details>");
        }

        return html.Append("</div>").ToString();
    }

    internal static BpfCellException Of(Exception error, string name, bool isOldRunning)
    {
        var kept = isOldRunning ? $"\n{name} goes on as it was: what ran before still runs." : "";
        return error switch
        {
            CompilationException refused => new(Text(refused) + kept, $"clang refused {name}", null, refused),
            VerifierException refused => new(Text(refused) + kept, $"the verifier refused program '{refused.Program}'", refused.Log.TrimEnd(), refused),
            _ => new(error.Message + kept, $"{name} was not loaded: {error.Message.Split('\n')[0]}", null, error),
        };
    }

    private static string Text(CompilationException refused) => string.Join('\n', refused.Diagnostics.Where(static finding => finding.Severity != DiagnosticSeverity.Note));

    private static string Text(VerifierException refused)
    {
        var text = new StringBuilder();
        if (refused.Location is { } at)
        {
            text.Append(new SourceDiagnostic(at.File, at.Line, at.Column, DiagnosticSeverity.Error, refused.Summary, at.Text));
        }
        else
        {
            text.Append($"program '{refused.Program}': {refused.Summary}");
        }

        foreach (var sentence in new[] { refused.Explanation, refused.Remedy }.OfType<string>())
        {
            text.Append('\n').Append(sentence);
        }

        return text.Append("\n\nThe end of the verifier's log:\n").Append(refused.LogTail(8)).ToString();
    }
}
