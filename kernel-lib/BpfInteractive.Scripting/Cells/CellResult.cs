using BpfInteractive.Cells;

namespace BpfInteractive.Scripting;

/// <summary>How a cell ended.</summary>
/// <param name="Error">What went wrong; null when the cell succeeded.</param>
/// <param name="Value">The value of its last expression.</param>
public sealed record CellResult(CellError? Error, object? Value = null)
{
    /// <summary>Whether the cell ran to its end.</summary>
    public bool Succeeded => Error is null;
}

/// <summary>Why a cell failed.</summary>
/// <param name="Name">The exception's type, "CompilationError" or "Interrupted".</param>
/// <param name="Message">What it says.</param>
/// <param name="Text">The message at the cell's line, then the cell's own frames: what a person reads.</param>
/// <param name="Exception">The exception itself.</param>
public sealed record CellError(string Name, string Message, string Text, Exception Exception)
{
    /// <summary>The name of an interrupted cell's error.</summary>
    public const string Interrupted = "Interrupted";

    internal static CellError From(Exception exception, bool interrupted)
    {
        exception = ScriptError.Unwrap(exception);
        return exception switch
        {
            OperationCanceledException or ThreadInterruptedException when interrupted => new CellError(Interrupted, "the cell was interrupted", "the cell was interrupted", exception),
            ScriptCompilationException compilation => new CellError(
                "CompilationError",
                compilation.Diagnostics.FirstOrDefault(finding => finding.IsError)?.Message ?? compilation.Message,
                string.Join('\n', compilation.Diagnostics.Where(finding => finding.IsError)),
                exception),
            BpfCellException refused => new CellError("BpfCellError", refused.Summary, refused.Summary, exception),
            MagicException => new CellError("MagicError", exception.Message, exception.Message, exception),
            _ => new CellError(exception.GetType().Name, exception.Message, ScriptError.Format(exception), exception),
        };
    }
}
