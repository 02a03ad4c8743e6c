using System.ComponentModel;

namespace BpfInteractive.Scripting;

/// <summary>
/// Where the code of cells asks whether it is to stop: the compiler puts a call of <see cref="Check"/> into every loop and every function with a body.
/// </summary>
/// <remarks>
/// The runtime could abort the thread instead (<c>ControlledExecution</c>), but on Linux that ends the whole process now and then, by an exception in its native code, and sometimes
/// never reaches the thread: two in twelve interrupts of a loop, with .NET 10.0.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CellInterrupt
{
    /// <summary>The cells that have been asked to stop and have not ended.</summary>
    private static int s_stopping;

    /// <summary>Stops the calling cell's code when the cell was interrupted. Costs one read of memory otherwise.</summary>
    /// <exception cref="OperationCanceledException">The cell was interrupted.</exception>
    public static void Check()
    {
        if (Volatile.Read(ref s_stopping) != 0)
        {
            CellContext.Current?.Running.ThrowIfStopping();
        }
    }

    internal static void Begin() => Interlocked.Increment(ref s_stopping);

    internal static void End() => Interlocked.Decrement(ref s_stopping);
}
