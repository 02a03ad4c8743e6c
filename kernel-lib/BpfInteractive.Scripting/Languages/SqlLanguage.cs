using BpfInteractive.Sql;

namespace BpfInteractive.Scripting;

/// <summary>
/// <c>#!sql [--name NAME]</c>: the text is a query; tables are the session's variables that hold rows, by their names, and Parquet files by their paths. The result is a
/// DataFrame, and with <c>--name</c> a variable. DuckDB is loaded by the first such cell.
/// </summary>
internal sealed class SqlLanguage : ICellLanguage
{
    public string Name => "sql";

    public string Description => "SQL over the variables that hold rows, and over Parquet files; --name NAME keeps the result";

    public IReadOnlyList<CellOption> Options { get; } = [new CellOption("--name", "NAME: the C# variable that keeps the result", [])];

    public async Task<object?> RunAsync(CellSource source, CellContext context)
    {
        var name = source.Arguments switch
        {
            [] => null,
            ["--name", var given] => given,
            _ => throw new MagicException(FormattableString.Invariant($"line {source.FirstLine}: #!sql takes --name NAME and nothing else")),
        };
        if (string.IsNullOrWhiteSpace(source.Text))
        {
            return null;
        }

        var named = SqlQueries.NamesIn(source.Text);
        var tables = context.Session.Variables
            .Where(variable => named.Contains(variable.Name) && SqlQueries.IsTable(variable.Value))
            .Select(variable => (variable.Name, variable.Value!));
        var frame = await SqlQueries.QueryAsync(source.Text, tables, context.Scope.CancellationToken).ConfigureAwait(false);
        if (name is not null)
        {
            await context.BindAsync(name, frame, "Bound<global::Microsoft.Data.Analysis.DataFrame>()").ConfigureAwait(false);
        }

        return frame;
    }

    public Task<CompletionAnswer> CompleteAsync(CellSource source, int position, CancellationToken cancellationToken) => Task.FromResult(CompletionAnswer.None(position));

    public Task<MimeBundle?> InspectAsync(CellSource source, int position, CancellationToken cancellationToken) => Task.FromResult<MimeBundle?>(null);

    public Task<IReadOnlyList<ScriptDiagnostic>> DiagnoseAsync(CellSource source, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ScriptDiagnostic>>([]);
}
