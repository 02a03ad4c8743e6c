using System.Collections.Concurrent;

namespace BpfInteractive.Scripting;

/// <summary>
/// The thread that cells run on, one after the other. A cell's awaits come back to it, so that an interrupt wakes what waits behind an await as well as before it.
/// </summary>
internal sealed class CellThread : IDisposable
{
    /// <summary>Deep recursion in a cell gets what the main thread of a program has, twice.</summary>
    private const int StackSizeBytes = 16 << 20;

    // Who interrupts and the thread itself agree by these: an interrupt that comes when the cell has ended must not reach the wait for the next one.
    private const int Idle = 0;
    private const int InCell = 1;
    private const int Waking = 2;
    private const int Woken = 3;

    private readonly BlockingCollection<Action> _work = [];

    private readonly Thread _thread;
    private int _state = Idle;

    internal CellThread()
    {
        _thread = new Thread(Loop, StackSizeBytes) { Name = "cells", IsBackground = true };
        _thread.Start();
    }

    public void Dispose() => _work.CompleteAdding();

    /// <summary>Runs code and what it awaits. Ends as the code does, or with <see cref="OperationCanceledException"/> or <see cref="ThreadInterruptedException"/> when it was stopped.</summary>
    /// <param name="code">The code.</param>
    /// <param name="abort">Wakes it where it waits (a lock, a sleep, an await); what runs stops by itself (<see cref="CellInterrupt"/>).</param>
    internal Task<object?> RunAsync(Func<Task<object?>> code, CancellationToken abort)
    {
        var completion = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var context = ExecutionContext.Capture();
        _work.Add(() => Complete(completion, () => context is null ? Run(code, abort) : RunIn(context, code, abort)), CancellationToken.None);
        return completion.Task;
    }

    private object? RunIn(ExecutionContext context, Func<Task<object?>> code, CancellationToken abort)
    {
        object? value = null;
        ExecutionContext.Run(context, _ => value = Run(code, abort), null);
        return value;
    }

    private object? Run(Func<Task<object?>> code, CancellationToken abort)
    {
        var pump = new CellPump();
        SynchronizationContext.SetSynchronizationContext(pump);
        Volatile.Write(ref _state, InCell);
        var wake = abort.Register(Wake);
        try
        {
            return pump.RunToEnd(code, abort).GetAwaiter().GetResult();
        }
        finally
        {
            wake.Unregister();
            SettleWake();
            pump.Close();
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    private void Wake()
    {
        if (Interlocked.CompareExchange(ref _state, Waking, InCell) == InCell)
        {
            _thread.Interrupt();
            Volatile.Write(ref _state, Woken);
        }
    }

    /// <summary>Ends the time in which this thread may be woken, and takes back a waking that met no wait.</summary>
    private void SettleWake()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, InCell) == InCell)
        {
            return;
        }

        while (Volatile.Read(ref _state) != Woken)
        {
            Thread.SpinWait(20); // no wait that the waking itself would end
        }

        try
        {
            Thread.Sleep(1);
        }
        catch (ThreadInterruptedException)
        {
            // It was still to come.
        }

        Volatile.Write(ref _state, Idle);
    }

    private static void Complete(TaskCompletionSource<object?> completion, Func<object?> run)
    {
        try
        {
            completion.SetResult(run());
        }
#pragma warning disable CA1031 // Passed on to whoever awaits the cell.
        catch (Exception error)
#pragma warning restore CA1031
        {
            completion.SetException(error);
        }
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }

        _work.Dispose();
    }
}
