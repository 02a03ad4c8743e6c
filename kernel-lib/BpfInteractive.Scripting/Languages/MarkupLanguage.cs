namespace BpfInteractive.Scripting;

/// <summary>A language whose text is only shown: <c>#!html</c>, <c>#!markdown</c>.</summary>
internal sealed class MarkupLanguage(string name, string description, string mimeType) : ICellLanguage
{
    public string Name => name;

    public string Description => description;

    public Task<object?> RunAsync(CellSource source, CellContext context)
    {
        context.Session.Globals.display(source.Text.Trim('\n'), mimeType);
        return Task.FromResult<object?>(null);
    }

    public Task<CompletionAnswer> CompleteAsync(CellSource source, int position, CancellationToken cancellationToken) => Task.FromResult(CompletionAnswer.None(position));

    public Task<MimeBundle?> InspectAsync(CellSource source, int position, CancellationToken cancellationToken) => Task.FromResult<MimeBundle?>(null);

    public Task<IReadOnlyList<ScriptDiagnostic>> DiagnoseAsync(CellSource source, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ScriptDiagnostic>>([]);
}
