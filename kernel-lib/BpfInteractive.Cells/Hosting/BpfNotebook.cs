using System.Text.RegularExpressions;

namespace BpfInteractive.Cells;

/// <summary>
/// The BPF cells of a notebook whose host this library does not know: the host says how C# is run and where text is shown, and translates its own types. Thread-safe as
/// <see cref="BpfCells"/> is.
/// </summary>
/// <param name="submit">Runs C# in the host's session, and throws when that fails.</param>
public sealed partial class BpfNotebook(Func<string, Task> submit) : IAsyncDisposable
{
    private readonly BpfCells _cells = new();

    /// <summary>The options of a cell's line, for hosts that describe them to their users.</summary>
    /// <returns>Each with what it means, and whether it stands alone.</returns>
    public static IReadOnlyList<(string Name, string Description, bool IsFlag)> Options { get; } =
        [.. BpfCellOptions.Known.Select(static known => (known.Option, known.Description, known.Option is "--no-attach" or "--keep-maps" or "--list"))];

    /// <summary>Runs a cell: what it loaded becomes a typed variable of the host's C# session.</summary>
    /// <param name="parameters">The options of its line as the host read them: "--name" and its value; "True" or nothing for those that stand alone. Several globals are told in one
    /// <c>--var a=1,b=2</c>, as hosts keep the last of an option that is repeated.</param>
    /// <param name="code">The cell's text without the line of options.</param>
    /// <param name="firstLine">The line of the cell on which that text begins, from 0.</param>
    /// <param name="show">Shows something: as HTML, and as plain text for hosts without HTML.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BpfCellException">clang, the verifier or the kernel refused: it has been shown.</exception>
    /// <exception cref="BpfCellOptionException">The line of options is wrong.</exception>
    public async Task RunAsync(
        IEnumerable<KeyValuePair<string, string?>> parameters, string code, int firstLine, Action<string, string> show, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(code);
        ArgumentNullException.ThrowIfNull(show);
        var options = BpfCellOptions.Parse([.. parameters.SelectMany(Words)]);
        if (options.List)
        {
            var list = _cells.Entries.Count == 0 ? "no BPF cell has loaded anything" : string.Join('\n', _cells.Entries);
            show($"<pre>{System.Net.WebUtility.HtmlEncode(list)}</pre>", list);
            return;
        }

        try
        {
            var result = await _cells.RunAsync(code, options, $"the cell of {options.Name}", firstLine, DeclareAsync, cancellationToken).ConfigureAwait(false);
            show(result.ToHtml(), result.ToString());
        }
        catch (BpfCellException refused)
        {
            show(refused.ToHtml(), refused.Message);
            throw;
        }
    }

    /// <summary>What could stand at a place of a cell.</summary>
    /// <param name="code">The cell's text without the line of options.</param>
    /// <param name="line">From 0.</param>
    /// <param name="character">From 0, in UTF-16 units.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The candidates, and the column on which the word begins that they replace.</returns>
    public static async Task<(int FirstCharacter, IReadOnlyList<BpfCompletionItem> Items)> CompleteAsync(string code, int line, int character, CancellationToken cancellationToken = default)
    {
        var position = OffsetOf(code, line, character);
        var completion = await BpfEditing.CompleteAsync(code, position, cancellationToken).ConfigureAwait(false);
        return (character - (position - completion.Start), completion.Items);
    }

    /// <summary>What stands at a place of a cell, as plain text; null when there is nothing to say.</summary>
    /// <inheritdoc cref="CompleteAsync"/>
    public static Task<string?> HoverAsync(string code, int line, int character, CancellationToken cancellationToken = default) =>
        BpfEditing.HoverAsync(code, OffsetOf(code, line, character), cancellationToken);

    /// <summary>What clang finds wrong with a cell. A machine without clang gives one finding that says so.</summary>
    /// <param name="code">The cell's text without the line of options.</param>
    /// <param name="firstLine">The line of the cell on which that text begins, from 0; findings name the cell's lines.</param>
    /// <param name="cancellationToken">Stops clang.</param>
    public static async Task<IReadOnlyList<SourceDiagnostic>> DiagnoseAsync(string code, int firstLine = 0, CancellationToken cancellationToken = default)
    {
        try
        {
            return await BpfEditing.DiagnoseAsync(code, "cell", firstLine, cancellationToken).ConfigureAwait(false);
        }
        catch (UnsupportedFeatureException missing)
        {
            return [new SourceDiagnostic("cell", firstLine + 1, 1, DiagnosticSeverity.Warning, missing.Message, null)];
        }
    }

    /// <summary>Detaches and unloads all that the cells left.</summary>
    /// <returns>Completes when nothing is left.</returns>
    public ValueTask DisposeAsync() => _cells.DisposeAsync();

    private Task DeclareAsync(BpfCellDeclaration declaration) => submit(
        $"{declaration.ClassText}\nvar {declaration.Variable} = new {declaration.ClassName}(global::{typeof(BpfCellBinding).FullName}.{nameof(BpfCellBinding.Take)}({declaration.Binding.Offer()}));");

    private static IEnumerable<string> Words(KeyValuePair<string, string?> parameter) => parameter switch
    {
        _ when Options.FirstOrDefault(option => option.Name == parameter.Key).IsFlag => parameter.Value is null or "" || bool.TryParse(parameter.Value, out var isSet) && isSet ? [parameter.Key] : [],
        { Key: "--var", Value: { } several } => BetweenVariables().Split(several).SelectMany(one => new[] { "--var", one }),
        { Value: { } value } => [parameter.Key, value],
        _ => [parameter.Key],
    };

    /// <summary>Where a place of a text is; a place that is no longer there is its end.</summary>
    private static int OffsetOf(string code, int line, int character)
    {
        ArgumentNullException.ThrowIfNull(code);
        var start = 0;
        for (var i = 0; i < line; i++)
        {
            var end = code.IndexOf('\n', start);
            if (end < 0)
            {
                return code.Length;
            }

            start = end + 1;
        }

        return Math.Clamp(start + character, start, code.Length);
    }

    [GeneratedRegex(@",(?=[A-Za-z_]\w*=)")]
    private static partial Regex BetweenVariables();
}
