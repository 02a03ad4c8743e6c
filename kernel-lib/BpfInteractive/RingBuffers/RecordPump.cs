namespace BpfInteractive;

/// <summary>
/// Reads a buffer on a thread of its own into a decoder's columns, so that neither an awaiting caller nor a slow one holds the ring up.
/// </summary>
/// <remarks>
/// The thread holds the buffer's gate from the constructor to its end; <see cref="Completion"/> ends after the gate is open again. One lock,
/// around the decoder: the thread fills it in chunks, <see cref="Take"/> empties it; no user code runs under it.
/// </remarks>
internal sealed class RecordPump : IDisposable
{
    private const int ChunkRecords = 16 * 1024;

    private readonly object _gate = new();
    private readonly RecordBuffer _source;
    private readonly RecordDecoder _decoder;
    private readonly int _mostRows;
    private readonly Deadline _deadline;
    private readonly bool _endWhenFull;
    private readonly CancellationToken _token;
    private readonly SemaphoreSlim _rows = new(0, 1);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReadingGate.Reading _reading;
    private volatile bool _stopped;

    internal RecordPump(RecordBuffer source, RecordDecoder decoder, int mostRows, Deadline deadline, bool endWhenFull, CancellationToken token)
    {
        _source = source;
        _decoder = decoder;
        _mostRows = mostRows;
        _deadline = deadline;
        _endWhenFull = endWhenFull;
        _token = token;
        _reading = source.BeginReading(endWhenFull ? nameof(RecordBuffer.CollectAsync) : nameof(RecordBuffer.ReadBatchesAsync));
        new Thread(Run) { IsBackground = true, Name = $"bpfi {source.Name}" }.Start();
    }

    /// <summary>Ends when the time is up or the pump stopped; fails when it was cancelled, the object disposed, or reading failed.</summary>
    internal Task Completion => _completion.Task;

    /// <summary>Waits for something to take; false when the pump has ended and nothing is left.</summary>
    internal async Task<bool> WaitForRowsAsync()
    {
        await Task.WhenAny(_rows.WaitAsync(), Completion).ConfigureAwait(false);
        lock (_gate)
        {
            return _decoder.Columns.RowCount > 0 || !Completion.IsCompleted;
        }
    }

    /// <summary>The rows since the last call, with the losses until now.</summary>
    internal Columns Take()
    {
        lock (_gate)
        {
            var columns = _source.WithLosses(_decoder);
            _decoder.Clear();
            _rows.Wait(0, CancellationToken.None);
            if (!Completion.IsCompleted)
            {
                _decoder.Columns.EnsureCapacity(columns.RowCount);
            }

            Monitor.PulseAll(_gate);
            return columns;
        }
    }

    /// <summary>Ends the thread soon; <see cref="Completion"/> tells when.</summary>
    public void Dispose()
    {
        _stopped = true;
        _source.Wake();
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        Exception? failure = null;
        try
        {
            using var registration = _token.UnsafeRegister(static state => ((RecordPump)state!).Dispose(), this);
            Pump();
        }
#pragma warning disable CA1031 // Whatever went wrong is told to the one who awaits.
        catch (Exception error)
#pragma warning restore CA1031
        {
            failure = error;
        }

        _reading.Dispose();
        if (failure is not null)
        {
            _completion.SetException(failure);
        }
        else if (_token.IsCancellationRequested)
        {
            _completion.SetCanceled(_token);
        }
        else
        {
            _completion.SetResult();
        }
    }

    private void Pump()
    {
        while (!_stopped && !_deadline.IsPast)
        {
            var count = Fill();
            if (count < 0)
            {
                return;
            }

            if (count == 0)
            {
                _source.Wait(_deadline.Milliseconds(RecordBuffer.Patience));
            }
        }

        // What came just before the end, but not for ever when it comes faster than it is read.
        for (var chunk = 0; chunk < 64 && !_stopped && Fill() > 0; chunk++)
        {
        }
    }

    /// <summary>Decodes a chunk; -1 when there are rows enough.</summary>
    private long Fill()
    {
        lock (_gate)
        {
            while (_decoder.Columns.RowCount >= _mostRows && !_stopped)
            {
                if (_endWhenFull)
                {
                    return -1;
                }

                Monitor.Wait(_gate);
            }

            var count = _source.Consume(_decoder, Math.Min(ChunkRecords, _mostRows - _decoder.Columns.RowCount));
            if (count > 0 && _rows.CurrentCount == 0)
            {
                _rows.Release();
            }

            return count;
        }
    }
}
