namespace BpfInteractive.Scripting;

/// <summary>Where a cell's awaits continue: on the cell's thread while it runs, on the thread pool once it has ended.</summary>
internal sealed class CellPump : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private bool _isClosed;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_queue)
        {
            if (!_isClosed)
            {
                _queue.Enqueue((d, state));
                Monitor.Pulse(_queue);
                return;
            }
        }

        ThreadPool.QueueUserWorkItem(Late, (d, state), preferLocal: false);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Starts code and runs what it awaits until it has ended.</summary>
    internal Task<object?> RunToEnd(Func<Task<object?>> code, CancellationToken abort)
    {
        using var woken = abort.Register(Wake);
        var task = code();
        task.ContinueWith(_ => Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (!task.IsCompleted)
        {
            if (Take(task, abort) is { } next)
            {
                next.Callback(next.State);
            }

            abort.ThrowIfCancellationRequested();
        }

        // A long call that came back after all ends an interrupted cell, whatever it gave.
        abort.ThrowIfCancellationRequested();
        return task;
    }

    /// <summary>What is left, and what comes later, goes to the thread pool.</summary>
    internal void Close()
    {
        lock (_queue)
        {
            _isClosed = true;
            while (_queue.TryDequeue(out var left))
            {
                ThreadPool.QueueUserWorkItem(Late, left, preferLocal: false);
            }
        }
    }

    private (SendOrPostCallback Callback, object? State)? Take(Task task, CancellationToken abort)
    {
        lock (_queue)
        {
            while (_queue.Count == 0 && !task.IsCompleted && !abort.IsCancellationRequested)
            {
                Monitor.Wait(_queue);
            }

            return _queue.TryDequeue(out var next) ? next : null;
        }
    }

    private void Wake()
    {
        lock (_queue)
        {
            Monitor.PulseAll(_queue);
        }
    }

    /// <summary>Work that a cell left behind has nobody to fail to: what it throws is written to the cell.</summary>
    private static void Late((SendOrPostCallback Callback, object? State) work)
    {
        try
        {
            work.Callback(work.State);
        }
#pragma warning disable CA1031 // An async void method of the user's may throw anything, and must not end the session.
        catch (Exception error)
#pragma warning restore CA1031
        {
            StrayExceptions.Report(error);
        }
    }
}
