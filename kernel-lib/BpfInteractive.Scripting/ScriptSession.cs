namespace BpfInteractive.Scripting;

/// <summary>
/// A C# session: pieces of code run one after the other, each seeing what those before it declared. Scripts are sessions of one piece; notebook cells are many.
/// One piece at a time; not thread-safe.
/// </summary>
public sealed class ScriptSession
{
    private readonly SubmissionCompiler _compiler;
    private readonly SubmissionHost _host;

    /// <summary>Starts a session.</summary>
    /// <param name="args">What code sees as <c>Args</c>.</param>
    /// <param name="baseDirectory">Where relative paths of <c>#r</c> and <c>#load</c> begin.</param>
    /// <param name="report">Told what takes time and what a person should know; null drops it.</param>
    public ScriptSession(IList<string>? args = null, string? baseDirectory = null, Action<string>? report = null)
    {
        _compiler = new SubmissionCompiler(Path.GetFullPath(baseDirectory ?? "."), report ?? (_ => { }));
        _host = new SubmissionHost(new ScriptGlobals(args ?? []));
    }

    /// <summary>Compiles and runs a piece of code; it becomes part of the session when it ran without an exception.</summary>
    /// <param name="code">The code; top-level await is allowed.</param>
    /// <param name="path">The name that findings and stack traces give it.</param>
    /// <param name="cancellationToken">Stops the compilation; code that runs has the token of its <see cref="BpfScope"/>.</param>
    /// <returns>The value of its last expression, or null.</returns>
    /// <exception cref="ScriptCompilationException">The code does not compile; the session is as it was.</exception>
    public async Task<object?> RunAsync(string code, string path = "", CancellationToken cancellationToken = default)
    {
        var (submission, script) = await _compiler.CompileAsync(code, path, cancellationToken).ConfigureAwait(false);
        var value = await _host.RunAsync(submission).ConfigureAwait(false);
        _compiler.Accept(script);
        return value;
    }
}
