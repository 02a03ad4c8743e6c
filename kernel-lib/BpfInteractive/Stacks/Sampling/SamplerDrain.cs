using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Empties the sampler's rings on a thread of its own into the builder. It looks every tenth of a second and is woken when a ring fills up or a file is new.
/// </summary>
/// <remarks>One lock, <see cref="Gate"/>, around the builder: the thread takes it for each batch; whoever makes a profile of what there is takes it meanwhile.</remarks>
internal sealed class SamplerDrain : IDisposable
{
    private const int PauseMilliseconds = 100;
    private const int Niceness = -15;

    /// <summary>So many records, then others may have the lock.</summary>
    private const int BatchRecords = 4096;

    private readonly CaptureWriter _writer;
    private readonly RingBuffer _samples;
    private readonly RingBuffer _facts;
    private readonly BpfMap[] _maps;
    private readonly WakeEvent _wake = new();
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile Exception? _failure;

    internal SamplerDrain(BpfObject loaded, CaptureWriter writer)
    {
        _writer = writer;
        _samples = loaded.RingBuffer("stack_samples", "stack_sample");
        _facts = loaded.RingBuffer("stack_facts", "stack_fact");
        _maps = [loaded.Maps["stack_samples"], loaded.Maps["stack_facts"]];
        _thread = new Thread(Run) { IsBackground = true, Name = "bpfi sampler" };
        _thread.Start();
    }

    /// <summary>Held while the builder is used.</summary>
    internal object Gate { get; } = new();

    /// <summary>What ended the thread before its time; null while it is well.</summary>
    internal Exception? Failure => _failure;

    /// <summary>The bytes that came through both rings so far.</summary>
    internal long ReadBytes => _samples.ReadBytes + _facts.ReadBytes;

    /// <summary>Reads all there is, on this thread. Call it under <see cref="Gate"/>.</summary>
    internal void DrainAll()
    {
        var facts = new FactSink(_writer);
        var samples = new SampleSink(_writer, _facts);
        do
        {
            _facts.Drain(ref facts);
        }
        while (_samples.Drain(ref samples) > 0 || _facts.WaitingBytes > 0 && _facts.Drain(ref facts) > 0);
        _writer.Copies?.Retry(isLast: true);
    }

    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }

        _wake.Dispose();
    }

    private void Run()
    {
        // Before those that it looks at: what it wants to hold may be gone in a moment. It is about this thread alone (0), and where that is refused it goes on as it is.
        _ = Libc.setpriority(Libc.PRIO_PROCESS, 0, Niceness);
        try
        {
            while (!_stopping)
            {
                var count = DrainBatch();
                if (count == 0)
                {
                    Wait();
                }
            }
        }
#pragma warning disable CA1031 // Whatever went wrong is told to who asks for the profile.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _failure = error;
        }
    }

    private long DrainBatch()
    {
        lock (Gate)
        {
            var facts = new FactSink(_writer);
            var samples = new SampleSink(_writer, _facts);
            var count = _facts.Drain(ref facts, BatchRecords);
            _writer.Copies?.Retry(isLast: false);
            return count + _samples.Drain(ref samples, BatchRecords);
        }
    }

    private void Wait()
    {
        // A ring with bytes though it was just emptied has an unfinished record at its head, and poll would return at once.
        if (_samples.WaitingBytes > 0 || _facts.WaitingBytes > 0)
        {
            _wake.Wait([], 1, "the sampler's rings");
            return;
        }

        using var samples = _maps[0].Borrow();
        using var facts = _maps[1].Borrow();
        _wake.Wait([_maps[0].Fd, _maps[1].Fd], PauseMilliseconds, "the sampler's rings");
    }

    private readonly struct FactSink(CaptureWriter writer) : IRecordSink
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void OnRecord(ReadOnlySpan<byte> record) => writer.AddFact(record);
    }

    /// <summary>A sample's thread was told of before it, but perhaps after the facts were read: then they are read again.</summary>
    private readonly struct SampleSink(CaptureWriter writer, RingBuffer facts) : IRecordSink
    {
        public void OnRecord(ReadOnlySpan<byte> record)
        {
            ref readonly var sample = ref MemoryMarshal.AsRef<StackSampleRecord>(record);
            if (!writer.Knows(sample))
            {
                var sink = new FactSink(writer);
                facts.Drain(ref sink);
            }

            writer.AddSample(sample, record[Unsafe.SizeOf<StackSampleRecord>()..]);
        }
    }
}
