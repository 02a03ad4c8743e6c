namespace BpfInteractive.Scripting;

/// <summary>
/// The interrupt of one cell, in three steps: its token at once; a second later its code stops at the next <see cref="CellInterrupt.Check"/>, and its thread is woken where it
/// waits; and when that does not help either (a long call into a library or the system), the person is told that a restart would.
/// </summary>
internal sealed class RunningCell : IDisposable
{
    private static readonly TimeSpan s_untilAbort = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_untilOffer = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _ended = new(); // cancelled, never disposed: a thread may wait for it
    private int _interrupts;
    private int _isStopping;

    /// <summary>The token that the cell's code is given.</summary>
    internal CancellationToken Token => _asked.Token;

    /// <summary>The token that stops the cell where it stands.</summary>
    internal CancellationToken Abort => _abort.Token;

    internal bool WasInterrupted => Volatile.Read(ref _interrupts) > 0;

    public void Dispose()
    {
        _ended.Cancel();
        if (Interlocked.Exchange(ref _isStopping, -1) == 1)
        {
            CellInterrupt.End();
        }
    }

    /// <summary>Ends the code that calls this when the cell is to stop.</summary>
    internal void ThrowIfStopping()
    {
        if (Volatile.Read(ref _isStopping) == 1)
        {
            throw new OperationCanceledException("the cell was interrupted", _asked.Token);
        }
    }

    /// <summary>Starts the steps; a second call while they run changes nothing.</summary>
    /// <remarks>On a thread of their own: a cell that fills the thread pool must be stoppable too.</remarks>
    internal void Interrupt(Action<string> tell)
    {
        if (Interlocked.Increment(ref _interrupts) == 1)
        {
            new Thread(() => Steps(tell)) { Name = "interrupt", IsBackground = true }.Start();
        }
    }

    private void Steps(Action<string> tell)
    {
        // Not awaited: what a cell registered with its token may block.
        Cancel(_asked);
        if (_ended.Token.WaitHandle.WaitOne(s_untilAbort))
        {
            return;
        }

        CellInterrupt.Begin();
        if (Interlocked.CompareExchange(ref _isStopping, 1, 0) != 0)
        {
            CellInterrupt.End(); // The cell has ended meanwhile.
            return;
        }

        Cancel(_abort);
        if (!_ended.Token.WaitHandle.WaitOne(s_untilOffer))
        {
            tell("The cell does not stop: it is in a long call into a library or the system. It goes on until that returns; restart the kernel to end it now.\n");
        }
    }

    private static void Cancel(CancellationTokenSource source) => new Thread(() =>
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException)
        {
            // What a cell registered with its token has thrown: the cell ends all the same.
        }
    })
    { Name = "cancel", IsBackground = true }.Start();
}
