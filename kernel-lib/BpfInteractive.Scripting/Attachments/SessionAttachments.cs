using BpfInteractive.Cells;

namespace BpfInteractive.Scripting;

/// <summary>
/// What a session has attached, seen from outside by <c>bpfi ps</c> and <c>bpfi stop</c>. It listens from the first attach on: a session that attaches nothing costs nothing.
/// Thread-safe.
/// </summary>
/// <param name="kind">What <c>bpfi ps</c> calls the session.</param>
internal sealed class SessionAttachments(string kind) : IDisposable
{
    private static readonly TimeSpan s_detachLimit = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly List<(IAsyncDisposable Resource, string Cell)> _attached = [];
    private SessionSocket? _socket;
    private bool _isDisposed;

    /// <summary>What tells it from others: its working directory, unless something else is given.</summary>
    internal string? Place { get; init; }

    /// <summary>The variables of the session, for the names by which a person knows its objects.</summary>
    internal Func<IReadOnlyList<CellVariable>> Variables { get; init; } = static () => [];

    /// <summary>Tells the session's user.</summary>
    internal Action<string> Tell { get; init; } = static _ => { };

    public void Dispose()
    {
        SessionSocket? socket;
        lock (_lock)
        {
            _isDisposed = true;
            socket = _socket;
        }

        socket?.Dispose();
    }

    /// <summary>Called when something of a resource is attached, by the scope that it was made in.</summary>
    internal void Add(IAsyncDisposable resource, string cell)
    {
        lock (_lock)
        {
            _attached.RemoveAll(static entry => IsGone(entry.Resource));
            if (!_isDisposed && !_attached.Exists(entry => ReferenceEquals(entry.Resource, resource)))
            {
                _attached.Add((resource, cell));
                _socket ??= new SessionSocket(Answer);
            }
        }
    }

    private static bool IsGone(IAsyncDisposable resource) => resource is BpfObject { IsDisposed: true } or LiveProfile { IsRunning: false };

    private SessionAnswer Answer(SessionRequest request, int pid, uint user)
    {
        var held = Held();
        if (!request.Stop)
        {
            return AnswerWith(held);
        }

        var names = request.Names?.ToHashSet(StringComparer.Ordinal);
        var missing = names?.Except(held.Select(static entry => entry.Described.Name)).Order(StringComparer.Ordinal).ToList() ?? [];
        if (missing.Count > 0)
        {
            var there = held.Count == 0 ? "nothing is attached there" : "it has " + string.Join(", ", held.Select(static entry => entry.Described.Name).Distinct());
            return AnswerWith([]) with { Error = $"process {Environment.ProcessId} has no '{string.Join("', '", missing)}' attached; {there}" };
        }

        var stopped = held.Where(entry => names is null || names.Contains(entry.Described.Name)).ToList();
        var ending = Task.WhenAll(stopped.Select(static entry => entry.Owner.DisposeAsync().AsTask()));
        var hasEnded = ending.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Wait(s_detachLimit);
        foreach (var (_, described) in stopped)
        {
            Tell($"'{described.Name}' was stopped by {(user == 0 ? "root" : "this user")}, with bpfi stop (process {pid}){(described.Cell.StartsWith("cell", StringComparison.Ordinal) ? $": run {described.Cell} again to have it back" : "")}");
        }

        return AnswerWith(stopped) with { Error = hasEnded ? null : $"process {Environment.ProcessId} has not detached all in {s_detachLimit.TotalSeconds} seconds; it goes on" };
    }

    private SessionAnswer AnswerWith(IEnumerable<(IAsyncDisposable Owner, AttachedObject Described)> held) =>
        new(RunningSessions.Version, kind, Place ?? Environment.CurrentDirectory, [.. held.Select(static entry => entry.Described)]);

    /// <summary>What is attached now, each with what is disposed to end it.</summary>
    private List<(IAsyncDisposable Owner, AttachedObject Described)> Held()
    {
        List<(IAsyncDisposable Resource, string Cell)> attached;
        lock (_lock)
        {
            attached = [.. _attached.Where(static entry => !IsGone(entry.Resource))];
        }

        var variables = Variables();
        var profilers = attached.Select(static entry => entry.Resource).OfType<LiveProfile>().ToList();
        return
        [
            .. attached
                .Where(entry => entry.Resource is not BpfObject || !profilers.Exists(profiler => ReferenceEquals(profiler.Sampler.Loaded, entry.Resource)))
                .Select(entry => Describe(entry.Resource, entry.Cell, variables))
                .Where(static entry => entry.Described.Programs.Count > 0),
        ];
    }

    private static (IAsyncDisposable Owner, AttachedObject Described) Describe(IAsyncDisposable resource, string cell, IReadOnlyList<CellVariable> variables)
    {
        if (resource is LiveProfile profiler)
        {
            var name = variables.FirstOrDefault(variable => ReferenceEquals(variable.Value, profiler))?.Name ?? "profiler";
            return (profiler, new AttachedObject(name, cell, false, [new AttachedProgram("stack_on_event", profiler.AttachedTo, profiler.StartedAt, null)]));
        }

        var loaded = (BpfObject)resource;
        var programs = loaded.Links.Select(Describe).ToList();
        var variable = variables.FirstOrDefault(variable => ReferenceEquals(variable.Value, loaded) || ObjectOf(variable.Value) == loaded);
        return variable?.Value is BpfCellObject owner
            ? (owner, new AttachedObject(variable.Name, cell, owner.IsKept, programs))
            : (loaded, new AttachedObject(variable?.Name ?? loaded.Name, cell, false, programs));
    }

    private static BpfObject? ObjectOf(object? value)
    {
        try
        {
            return value is BpfCellObject { IsDisposed: false } cell ? cell.Object : null;
        }
        catch (ObjectDisposedException)
        {
            return null; // just now
        }
    }

    private static AttachedProgram Describe(BpfLink link) => new(link.ProgramName, $"{link.Kind} {link.Target}", link.AttachedAt, RunsOf(link));

    /// <summary>Counted only while statistics are on, which costs every program of the machine some time.</summary>
    private static long? RunsOf(BpfLink link)
    {
        try
        {
            return link.Program?.ReadInfo().RunCount is > 0 and var runs ? runs : null;
        }
        catch (Exception error) when (error is BpfException or ObjectDisposedException)
        {
            return null;
        }
    }
}
