using System.Collections.Concurrent;

namespace BpfInteractive.Jupyter;

/// <summary>
/// A thread that takes requests one after the other: cells on one, completion on another, so that completion is answered while a cell runs, and control on a third.
/// </summary>
internal sealed class RequestLane : IDisposable
{
    private const int StackBytes = 1 << 20;

    private readonly BlockingCollection<Request> _requests = [];
    private readonly Thread _thread;

    /// <param name="name">The thread's name.</param>
    /// <param name="serve">Serves one request; it does not throw.</param>
    internal RequestLane(string name, Action<Request> serve)
    {
        _thread = new Thread(() => Loop(serve), StackBytes) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Takes no more requests; those that wait are served.</summary>
    public void Dispose() => _requests.CompleteAdding();

    internal void Add(Request request)
    {
        try
        {
            _requests.Add(request);
        }
        catch (InvalidOperationException)
        {
            // The kernel ends.
        }
    }

    private void Loop(Action<Request> serve)
    {
        foreach (var request in _requests.GetConsumingEnumerable())
        {
            serve(request);
        }
    }
}
