using System.Reflection;

namespace BpfInteractive.Scripting;

/// <summary>Runs compiled submissions one after the other; each sees the variables of those before it. Loads no compiler.</summary>
internal sealed class SubmissionHost
{
    private readonly ScriptLoadContext _context = new();

    /// <summary>Slot 0 holds the globals, slot n the n-th submission: the layout that the compiler's generated code counts on.</summary>
    private object?[] _states = new object?[4];
    private int _submissions;
    private Assembly? _latest;

    internal SubmissionHost(ScriptGlobals globals) => _states[0] = globals;

    /// <summary>Runs a submission on the caller's thread up to its first await; the task's result is the value of its last expression or its <c>return</c>.</summary>
    internal Task<object?> RunAsync(CompiledSubmission submission)
    {
        _context.Add(submission.References);
        if (submission.Assembly.Length == 0)
        {
            return Task.FromResult<object?>(null);
        }

        using var assemblyBytes = new MemoryStream(submission.Assembly);
        using var symbolBytes = new MemoryStream(submission.Symbols);
        var assembly = _context.LoadFromStream(assemblyBytes, symbolBytes);
        _latest = assembly;
        var entry = assembly.GetType(submission.EntryType, throwOnError: true)!
            .GetMethod(submission.EntryMethod, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
            .CreateDelegate<Func<object?[], Task<object?>>>();
        _submissions++;
        if (_states.Length <= _submissions)
        {
            Array.Resize(ref _states, _states.Length * 2);
        }

        return entry(_states);
    }

    /// <summary>The object that holds the variables of the submission that ran last; null when that had no statement.</summary>
    internal object? StateOf(CompiledSubmission submission) =>
        submission.Assembly.Length == 0 ? null : _states.LastOrDefault(state => state is not null && state.GetType().Assembly == _latest);
}
