using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// A perf event array (BPF_MAP_TYPE_PERF_EVENT_ARRAY, bpf_perf_event_output) with a buffer for each CPU: what programs used before Linux 5.8 had the
/// ring buffer. Made by <c>obj.PerfBuffer("events", "event")</c>; make it before the program is attached, for events have nowhere to go
/// before. The buffers belong to the object.
/// </summary>
/// <remarks>
/// Records come CPU by CPU, so those of different CPUs are not in the order of time. The kernel pads a record to a multiple of eight bytes less
/// four, so a record may be longer than what was sent. What the kernel could not store is the loss <c>perf-lost</c>, by CPU.
/// </remarks>
public sealed class PerfBuffer : RecordBuffer
{
    private readonly PerfState _state;

    internal PerfBuffer(BpfMap map, BtfType? recordType, int pages)
        : base(map, recordType) => _state = map.PerfState(pages);

    /// <summary>The pages of each CPU's buffer.</summary>
    public int PagesPerCpu => _state.Pages;

    internal override ReadingGate Gate => _state.Gate;

    internal override void Wait(int milliseconds) => _state.Wait(milliseconds);

    internal override void Wake() => _state.WakeEvent.Set();

    internal override long Consume<TSink>(ref TSink sink, long most)
    {
        _state.ThrowIfDisposed();
        long count = 0;
        foreach (var reader in _state.Readers)
        {
            using var open = new HandleLease(reader.Ring);
            count += reader.Consume(ref sink, most - count);
        }

        return count;
    }

    internal override long Consume(RecordDecoder decoder, long most)
    {
        _state.ThrowIfDisposed();
        long count = 0;
        foreach (var reader in _state.Readers)
        {
            using var open = new HandleLease(reader.Ring);
            count += reader.Consume(decoder, most - count);
        }

        return count;
    }

    internal override Losses TakeLosses() => _state.TakeLosses();
}
