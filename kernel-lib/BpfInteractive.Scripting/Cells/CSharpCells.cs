namespace BpfInteractive.Scripting;

/// <summary>The C# of a session: each piece of code sees what those before it declared, and becomes part of the session when it ran without an exception.</summary>
internal sealed class CSharpCells
{
    /// <summary>A loop of front ends' own expressions must not grow the session.</summary>
    private const int MostRepeatable = 64;

    private readonly SubmissionCompiler _compiler;
    private readonly SubmissionHost _host;
    private readonly CellSession _session;

    /// <summary>Those of the latest pieces of code that declared nothing, by their text: run once more, while the chain is the same, they are the same.</summary>
    private readonly Dictionary<string, LoadedSubmission> _repeatable = new(StringComparer.Ordinal);

    internal CSharpCells(CellSession session, SubmissionCompiler compiler, SubmissionHost host)
    {
        _session = session;
        _compiler = compiler;
        _host = host;
    }

    /// <summary>The variables that the next piece of code will see.</summary>
    internal CellVariables Variables { get; } = new();

    /// <summary>Compiles and runs a piece of code on the session's thread.</summary>
    internal async Task<object?> RunAsync(string code, CellContext cell, CancellationToken cancellationToken)
    {
        if (_repeatable.TryGetValue(code, out var known))
        {
            known.Rename(cell.Name);
            return await _session.OnCellThreadAsync(() => _host.RunAsync(known)).ConfigureAwait(false);
        }

        var (submission, compilation) = await _compiler.CompileAsync(code, cell.Name, cancellationToken).ConfigureAwait(false);
        foreach (var warning in submission.Warnings)
        {
            cell.Output.Write(CellStream.Error, warning + "\n");
        }

        var declares = SubmissionCompiler.Declares(compilation);
        var loaded = LoadedSubmission.Nothing;
        var value = await _session.OnCellThreadAsync(() =>
        {
            loaded = _host.Load(submission);
            if (!declares && submission.Warnings.Count == 0)
            {
                Remember(code, loaded);
            }

            return _host.RunAsync(loaded);
        }).ConfigureAwait(false);
        if (declares)
        {
            var replaced = Variables.Declare(_host.StateOf(loaded), cell.Name);
            _repeatable.Clear();
            _compiler.Accept(compilation);
            _session.Editing.Accept(code, SubmissionCompiler.ReferencesOf(compilation));
            await _session.Ownership.DisposeReplacedAsync(replaced, Variables).ConfigureAwait(false);
        }

        return value;
    }

    /// <summary>Compiles and runs an empty piece that leaves nothing behind, so that the first cell finds the compiler at work.</summary>
    internal async Task WarmUpAsync()
    {
        var (submission, _) = await _compiler.CompileAsync("var warm = 6 * 7; warm", "warm-up", CancellationToken.None).ConfigureAwait(false);
        var host = new SubmissionHost(new ScriptGlobals([]));
        await host.RunAsync(host.Load(submission)).ConfigureAwait(false);
    }

    private void Remember(string code, LoadedSubmission submission)
    {
        if (_repeatable.Count == MostRepeatable)
        {
            _repeatable.Clear();
        }

        _repeatable[code] = submission;
    }
}
