namespace BpfInteractive.Scripting;

/// <summary>Runs compiled submissions one after the other; each sees the variables of those before it. Loads no compiler.</summary>
internal sealed class SubmissionHost
{
    private readonly ScriptLoadContext _context = new();

    /// <summary>Slot 0 holds the globals, slot n the n-th submission: the layout that the compiler's generated code counts on.</summary>
    private object?[] _states = new object?[4];
    private int _submissions;

    internal SubmissionHost(ScriptGlobals globals) => _states[0] = globals;

    /// <summary>Loads a submission, and makes known what it brought in.</summary>
    internal LoadedSubmission Load(CompiledSubmission submission)
    {
        _context.Add(submission.References);
        var loaded = LoadedSubmission.From(submission, _context);
        if (loaded != LoadedSubmission.Nothing && _states.Length <= ++_submissions)
        {
            Array.Resize(ref _states, _states.Length * 2);
        }

        return loaded;
    }

    /// <summary>Runs a submission on the caller's thread up to its first await; the task's result is the value of its last expression or its <c>return</c>.</summary>
    internal Task<object?> RunAsync(LoadedSubmission submission) => submission.RunAsync(_states);

    /// <summary>The object that holds the variables of a submission that ran; null when it had no statement.</summary>
    internal object? StateOf(LoadedSubmission submission) =>
        submission.Assembly is null ? null : _states.LastOrDefault(state => state is not null && state.GetType().Assembly == submission.Assembly);
}
