using System.Reflection;
using System.Runtime.CompilerServices;

namespace BpfInteractive.Scripting;

/// <summary>A submission in memory, ready to run, more than once where it declares nothing.</summary>
internal sealed class LoadedSubmission
{
    internal static readonly LoadedSubmission Nothing = new(null, static _ => Task.FromResult<object?>(null));

    private static readonly ConditionalWeakTable<Assembly, string> s_names = [];

    private readonly Func<object?[], Task<object?>> _entry;

    private LoadedSubmission(Assembly? assembly, Func<object?[], Task<object?>> entry)
    {
        Assembly = assembly;
        _entry = entry;
    }

    /// <summary>What holds its code; null when it has no statement.</summary>
    internal Assembly? Assembly { get; }

    internal static LoadedSubmission From(CompiledSubmission submission, ScriptLoadContext context)
    {
        if (submission.Assembly.Length == 0)
        {
            return Nothing;
        }

        using var assemblyBytes = new MemoryStream(submission.Assembly);
        using var symbolBytes = new MemoryStream(submission.Symbols);
        var assembly = context.LoadFromStream(assemblyBytes, symbolBytes);
        var entry = assembly.GetType(submission.EntryType, throwOnError: true)!
            .GetMethod(submission.EntryMethod, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
            .CreateDelegate<Func<object?[], Task<object?>>>();
        return new(assembly, entry);
    }

    /// <summary>The name of the cell that runs an assembly's code now, where that is another cell than the one it was compiled for; null otherwise.</summary>
    internal static string? RenamedTo(Assembly assembly) => s_names.TryGetValue(assembly, out var name) ? name : null;

    /// <summary>Says in whose name it runs from now on: its symbols have the name of the cell that it was compiled for.</summary>
    internal void Rename(string name)
    {
        if (Assembly is not null)
        {
            s_names.AddOrUpdate(Assembly, name);
        }
    }

    internal Task<object?> RunAsync(object?[] states) => _entry(states);
}
