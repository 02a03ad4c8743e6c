using BpfInteractive.Cells;

namespace BpfInteractive.Scripting;

/// <summary>
/// <c>#!bpf --name opens</c>: the text is C for the kernel; it is compiled, loaded and attached, and the C# variable stands for it. Run again it replaces what ran before.
/// </summary>
internal sealed class BpfLanguage : ICellLanguage, IAsyncDisposable
{
    private readonly BpfCells _cells = new();

    static BpfLanguage() => Formatters.Register<BpfCellResult>(static result => MimeBundle.Html(result.ToHtml(), result.ToString()));

    public string Name => "bpf";

    public string Description => "C for the kernel: compiled, loaded, attached, and a C# variable for it (--name NAME)";

    public IReadOnlyList<CellOption> Options { get; } = [.. BpfCellOptions.Known.Select(static known => new CellOption(known.Option, known.Description, BpfCellOptions.ValuesOf(known.Option)))];

    public ValueTask DisposeAsync() => _cells.DisposeAsync();

    public async Task<object?> RunAsync(CellSource source, CellContext context)
    {
        var options = OptionsOf(source);
        if (options.List)
        {
            return BpfCellList.Format(_cells.Entries, context.Session);
        }

        try
        {
            return await _cells.RunAsync(source.Text, options, source.CellName, source.FirstLine, DeclareAsync, context.Scope.CancellationToken).ConfigureAwait(false);
        }
        catch (BpfCellException refused)
        {
            // The error itself is one line; what a person needs to see is more than that.
            context.Session.Globals.display(MimeBundle.Html(refused.ToHtml(), refused.Message));
            throw;
        }

        Task DeclareAsync(BpfCellDeclaration declaration) => context.BindAsync(
            declaration.Variable, declaration.Binding, $"new {declaration.ClassName}(Bound<global::{typeof(BpfCellBinding).FullName}>())", declaration.ClassText);
    }

    public async Task<CompletionAnswer> CompleteAsync(CellSource source, int position, CancellationToken cancellationToken)
    {
        var completion = await BpfEditing.CompleteAsync(source.Text, position, cancellationToken).ConfigureAwait(false);
        return new CompletionAnswer(completion.Start, position, [.. completion.Items.Select(static item => new CompletionCandidate(item.Text, item.Kind, item.Detail))]);
    }

    public async Task<MimeBundle?> InspectAsync(CellSource source, int position, CancellationToken cancellationToken) =>
        await BpfEditing.HoverAsync(source.Text, position, cancellationToken).ConfigureAwait(false) is { } text ? MimeBundle.Plain(text) : null;

    public async Task<IReadOnlyList<ScriptDiagnostic>> DiagnoseAsync(CellSource source, CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await BpfEditing.DiagnoseAsync(source.Text, source.CellName, source.FirstLine, cancellationToken).ConfigureAwait(false)).Select(From)];
        }
        catch (UnsupportedFeatureException missing)
        {
            return [new ScriptDiagnostic(source.CellName, 0, 0, IsError: true, "bpf", missing.Message, null)];
        }
    }

    private static ScriptDiagnostic From(SourceDiagnostic finding) => new(
        finding.File, finding.Line, finding.Column, finding.Severity == DiagnosticSeverity.Error, "clang", finding.Message, finding.SourceLine);

    private static BpfCellOptions OptionsOf(CellSource source)
    {
        try
        {
            return BpfCellOptions.Parse(source.Arguments);
        }
        catch (BpfCellOptionException refused)
        {
            throw new MagicException(FormattableString.Invariant($"line {source.FirstLine}: {refused.Message}"));
        }
    }
}
