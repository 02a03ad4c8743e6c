using System.Globalization;

namespace BpfInteractive.Charts;

/// <summary>One display that changes while one looks. Thread-safe.</summary>
#pragma warning disable CA1001 // Its token source has no timer of its own, holds nothing, and is asked to stop also after the end.
public sealed class LiveDisplay
#pragma warning restore CA1001
{
    private static int s_count;

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<LivePicture> _draw;
    private readonly TimeSpan _every;
    private readonly TimeSpan? _until;
    private readonly LiveMemory _memory = new();
    private LivePicture? _last;

    internal LiveDisplay(Func<LivePicture> draw, TimeSpan every, TimeSpan? until, ILiveHost host, bool isBackground)
    {
        (_draw, _every, _until, Host, IsBackground) = (draw, every, until, host, isBackground);
        Number = Interlocked.Increment(ref s_count);
        Id = string.Create(CultureInfo.InvariantCulture, $"bpfi-live-{Environment.ProcessId}-{Number}");
    }

    /// <summary>Unique on a page.</summary>
    public string Id { get; }

    /// <summary>The line above the picture.</summary>
    public string Title => Volatile.Read(ref _last)?.Title ?? string.Create(CultureInfo.InvariantCulture, $"display {Number}");

    /// <summary>Whether it goes on beside the cells that run.</summary>
    public bool IsBackground { get; }

    /// <summary>How many frames were shown.</summary>
    public int FrameCount { get; private set; }

    /// <summary>Completes when the last frame is shown, however it ended.</summary>
    public Task Ended => _ended.Task;

    internal ILiveHost Host { get; }

    private int Number { get; }

    /// <summary>Ends it; the last frame stays. Returns at once.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>"calls: shown in the background; Stop() ends it".</summary>
    public override string ToString() => Ended.IsCompleted ? $"{Title}: ended" : $"{Title}: shown in the background; Stop() ends it";

    /// <summary>Shows frame after frame.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, cancellationToken);
        if (_until is { } time)
        {
            end.CancelAfter(time);
        }

        ILiveScreen? screen = null;
        try
        {
            using var timer = new PeriodicTimer(_every);
            do
            {
                var frame = Frame();
                if (screen is null)
                {
                    screen = Host.Open(this, frame);
                }
                else
                {
                    screen.Update(frame);
                }

                FrameCount++;
            }
            while (await NextAsync(timer, end.Token).ConfigureAwait(true)); // drawn where the caller runs, so that what it draws can be interrupted

            screen.End(Last(cancellationToken.IsCancellationRequested ? "interrupted" : _stop.IsCancellationRequested ? "stopped" : "ended"));
        }
#pragma warning disable CA1031 // Whatever the drawing throws ends the display; where somebody waits, it is thrown there.
        catch (Exception error)
#pragma warning restore CA1031
        {
            screen?.End((_last ?? LivePicture.Bars("Nothing was drawn", [])).ToFrame(_memory, $"ended: {error.Message}"));
            if (!IsBackground)
            {
                throw;
            }

            BpfScope.Current.Report($"{Title}: ended: {error.Message}");
        }
        finally
        {
            Live.Remove(this);
            _ended.TrySetResult();
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken end)
    {
        try
        {
            return await timer.WaitForNextTickAsync(end).ConfigureAwait(true);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private LiveFrame Frame()
    {
        _memory.Tick();
        Volatile.Write(ref _last, _draw());
        return _last.ToFrame(_memory);
    }

    /// <summary>Drawn once more, so that what came since is in it.</summary>
    private LiveFrame Last(string how)
    {
        _memory.Tick();
        Volatile.Write(ref _last, _draw());
        return _last.ToFrame(_memory, string.Create(CultureInfo.InvariantCulture, $"{how} after {_memory.Seconds:0.0} s"));
    }
}
