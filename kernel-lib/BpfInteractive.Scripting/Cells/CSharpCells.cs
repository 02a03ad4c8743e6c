namespace BpfInteractive.Scripting;

/// <summary>The C# of a session: each piece of code sees what those before it declared, and becomes part of the session when it ran without an exception.</summary>
internal sealed class CSharpCells
{
    private readonly SubmissionCompiler _compiler;
    private readonly SubmissionHost _host;
    private readonly CellSession _session;

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
        var (submission, compilation) = await _compiler.CompileAsync(code, cell.Name, cancellationToken).ConfigureAwait(false);
        foreach (var warning in submission.Warnings)
        {
            cell.Output.Write(CellStream.Error, warning + "\n");
        }

        var value = await _session.OnCellThreadAsync(() => _host.RunAsync(submission)).ConfigureAwait(false);
        var replaced = Variables.Declare(_host.StateOf(submission), cell.Name);
        if (_compiler.Accept(compilation))
        {
            _session.Editing.Accept(code, SubmissionCompiler.ReferencesOf(compilation));
        }

        await _session.Ownership.DisposeReplacedAsync(replaced, Variables).ConfigureAwait(false);
        return value;
    }

    /// <summary>Compiles and runs an empty piece that leaves nothing behind, so that the first cell finds the compiler at work.</summary>
    internal async Task WarmUpAsync()
    {
        var (submission, _) = await _compiler.CompileAsync("var warm = 6 * 7; warm", "warm-up", CancellationToken.None).ConfigureAwait(false);
        await new SubmissionHost(new ScriptGlobals([])).RunAsync(submission).ConfigureAwait(false);
    }
}
