using System.Collections.Concurrent;
using System.Runtime;

namespace BpfInteractive.Scripting;

/// <summary>
/// The thread that cells run on, one after the other. A cell's awaits come back to it, so that an abort stops the loop that stands behind an await as well as one before it.
/// </summary>
internal sealed class CellThread : IDisposable
{
    /// <summary>Deep recursion in a cell gets what the main thread of a program has, twice.</summary>
    private const int StackSizeBytes = 16 << 20;

    private readonly BlockingCollection<Action> _work = [];

    internal CellThread() => new Thread(Loop, StackSizeBytes) { Name = "cells", IsBackground = true }.Start();

    public void Dispose() => _work.CompleteAdding();

    /// <summary>Runs code and what it awaits. Ends as the code does, or with <see cref="OperationCanceledException"/> when it was aborted.</summary>
    /// <param name="code">The code.</param>
    /// <param name="abort">Stops it wherever it stands; managed code that waits in the system goes on until it returns.</param>
    internal Task<object?> RunAsync(Func<Task<object?>> code, CancellationToken abort)
    {
        var completion = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var context = ExecutionContext.Capture();
        _work.Add(() => Complete(completion, () => context is null ? Run(code, abort) : RunIn(context, code, abort)), CancellationToken.None);
        return completion.Task;
    }

    private static object? RunIn(ExecutionContext context, Func<Task<object?>> code, CancellationToken abort)
    {
        object? value = null;
        ExecutionContext.Run(context, _ => value = Run(code, abort), null);
        return value;
    }

    private static object? Run(Func<Task<object?>> code, CancellationToken abort)
    {
        var pump = new CellPump();
        SynchronizationContext.SetSynchronizationContext(pump);
        Task<object?>? task = null;
        try
        {
#pragma warning disable SYSLIB0046 // Aborting is dangerous for locks and half-done work, and is what stops a loop of the user's without ending the session: only after the token was ignored for a second.
            ControlledExecution.Run(() => task = pump.RunToEnd(code, abort), abort);
#pragma warning restore SYSLIB0046
            return task!.GetAwaiter().GetResult();
        }
        finally
        {
            pump.Close();
            SynchronizationContext.SetSynchronizationContext(null);
        }
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
