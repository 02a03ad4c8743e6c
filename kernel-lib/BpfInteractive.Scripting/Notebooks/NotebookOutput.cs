namespace BpfInteractive.Scripting;

/// <summary>One thing that a cell showed, as <c>.ipynb</c> files keep it.</summary>
/// <param name="Kind">"stream", "display_data", "execute_result" or "error".</param>
/// <param name="Name">Of a stream "stdout" or "stderr"; of an error its name; otherwise empty.</param>
/// <param name="Data">Its forms; of streams and errors the plain text.</param>
public sealed record NotebookOutput(string Kind, string Name, MimeBundle Data)
{
    internal static NotebookOutput Stream(CellStream stream, string text) => new("stream", stream == CellStream.Output ? "stdout" : "stderr", MimeBundle.Plain(text));

    internal static NotebookOutput Error(CellError error) => new("error", error.Name, MimeBundle.Plain(error.Text));
}
