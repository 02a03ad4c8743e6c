namespace BpfInteractive.Scripting;

/// <summary>
/// The interrupt of one cell, in three steps: its token at once; a second later its thread is aborted; and when that does not help either (code that waits in the system, a thread
/// of its own), the person is told that a restart would.
/// </summary>
internal sealed class RunningCell : IDisposable
{
    private static readonly TimeSpan s_untilAbort = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_untilOffer = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _ended = new();
    private int _interrupts;

    /// <summary>The token that the cell's code is given.</summary>
    internal CancellationToken Token => _asked.Token;

    /// <summary>The token that aborts the cell's thread.</summary>
    internal CancellationToken Abort => _abort.Token;

    internal bool WasInterrupted => Volatile.Read(ref _interrupts) > 0;

    public void Dispose() => _ended.Cancel();

    /// <summary>Starts the steps; a second call while they run changes nothing.</summary>
    internal void Interrupt(Action<string> tell)
    {
        if (Interlocked.Increment(ref _interrupts) == 1)
        {
            _ = StepsAsync(tell);
        }
    }

    private async Task StepsAsync(Action<string> tell)
    {
        try
        {
            // Not awaited: what a cell registered with its token may block.
            _ = _asked.CancelAsync();
            await Task.Delay(s_untilAbort, _ended.Token).ConfigureAwait(false);
            _ = _abort.CancelAsync();
            await Task.Delay(s_untilOffer, _ended.Token).ConfigureAwait(false);
            tell("The cell does not stop: it waits inside the system or in foreign code. It goes on until that returns; restart the kernel to end it now.\n");
        }
        catch (OperationCanceledException)
        {
            // The cell has ended.
        }
    }
}
