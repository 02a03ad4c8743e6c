namespace BpfInteractive;

/// <summary>
/// What surrounds the code that runs now: a notebook's cell, a script, a command. It carries an owner for the BPF objects made meanwhile, a
/// cancellation token for what was given none, and a place for messages. It flows with async calls, as <see cref="AsyncLocal{T}"/> does.
/// </summary>
/// <remarks>Thread-safe: a cell's code may make objects on several threads.</remarks>
public sealed class BpfScope
{
    private static readonly BpfScope None = new("", null, ownsObjects: false, CancellationToken.None);
    private static readonly AsyncLocal<BpfScope?> Ambient = new();

    private readonly object _gate = new();
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly Action<string>? _onMessage;
    private readonly bool _ownsObjects;

    /// <summary>Makes a scope; <see cref="Enter"/> makes it the current one.</summary>
    /// <param name="owner">Who owns what is made, as shown to a person: "cell 3".</param>
    /// <param name="onMessage">Called for each message, perhaps on another thread; null drops them.</param>
    /// <param name="cancellationToken">The token for calls that were given none.</param>
    public BpfScope(string owner, Action<string>? onMessage = null, CancellationToken cancellationToken = default)
        : this(owner, onMessage, ownsObjects: true, cancellationToken)
    {
    }

    private BpfScope(string owner, Action<string>? onMessage, bool ownsObjects, CancellationToken cancellationToken)
    {
        Owner = owner;
        _onMessage = onMessage;
        CancellationToken = cancellationToken;
        _ownsObjects = ownsObjects;
    }

    /// <summary>The innermost scope entered; one without owner, token and listener when there is none.</summary>
    public static BpfScope Current => Ambient.Value ?? None;

    /// <summary>Who owns what is made, as shown to a person; empty when nobody does.</summary>
    public string Owner { get; }

    /// <summary>The token for calls that were given none.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>The objects made while this scope was current and neither disposed nor released since, oldest first.</summary>
    public IReadOnlyList<IAsyncDisposable> Owned
    {
        get
        {
            lock (_gate)
            {
                return [.. _owned];
            }
        }
    }

    /// <summary>Called with what was made in this scope each time that something of it is attached, on the thread that attaches.</summary>
    internal Action<IAsyncDisposable>? Attached { get; init; }

    /// <summary>Makes this scope the current one until the result is disposed.</summary>
    /// <returns>Disposing it brings the outer scope back.</returns>
    public IDisposable Enter()
    {
        var outer = Ambient.Value;
        Ambient.Value = this;
        return new Entered(outer);
    }

    /// <summary>Tells the person in front something that is no error: a default taken, a fallback, a loss.</summary>
    /// <param name="message">One sentence.</param>
    public void Report(string message) => _onMessage?.Invoke(message);

    /// <summary>Stops owning an object; whoever asked for it disposes it.</summary>
    /// <param name="resource">One of <see cref="Owned"/>.</param>
    /// <returns>Whether it was owned.</returns>
    public bool Release(IAsyncDisposable resource)
    {
        lock (_gate)
        {
            return _owned.Remove(resource);
        }
    }

    /// <summary>Disposes everything owned, youngest first.</summary>
    /// <returns>Completes when nothing is left.</returns>
    public async ValueTask DisposeOwnedAsync()
    {
        foreach (var resource in Owned.Reverse())
        {
            await resource.DisposeAsync().ConfigureAwait(false);
            Release(resource);
        }
    }

    /// <summary>The caller's token, or the current scope's when the caller gave none.</summary>
    internal static CancellationToken TokenOr(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? cancellationToken : Current.CancellationToken;

    /// <summary>Owns a new object; returns the scope for the object to leave when it is disposed.</summary>
    internal BpfScope Adopt(IAsyncDisposable resource)
    {
        if (_ownsObjects)
        {
            lock (_gate)
            {
                _owned.Add(resource);
            }
        }

        return this;
    }

    private sealed class Entered(BpfScope? outer) : IDisposable
    {
        public void Dispose() => Ambient.Value = outer;
    }
}
