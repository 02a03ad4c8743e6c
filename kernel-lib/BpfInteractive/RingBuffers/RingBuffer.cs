using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// A BPF ring buffer (BPF_MAP_TYPE_RINGBUF, Linux 5.8) read by our own reader over the mapped ring. Made by <c>obj.RingBuffer("events",
/// "event")</c>. It has no end to dispose: the mapping belongs to the object.
/// </summary>
/// <remarks>
/// A program's reserve fails when the ring is full, and the kernel does not count that. Programs that use <c>BPFI_RING</c> and
/// <c>bpfi_ring_reserve</c> of <c>bpfi/ring.bpf.h</c> count it themselves, per CPU, and the counts come with the rows as the loss
/// <c>ring-full</c>; drops of a program that calls <c>bpf_ringbuf_reserve</c> itself cannot be seen from here.
/// </remarks>
public sealed class RingBuffer : RecordBuffer
{
    private readonly RingState _state;

    internal RingBuffer(BpfMap map, BtfType? recordType)
        : base(map, recordType) => _state = map.RingState;

    /// <summary>The size of the ring in bytes.</summary>
    public long SizeBytes => _state.Mapping.Size;

    /// <summary>The bytes in the ring that wait to be read, headers and unfinished records included.</summary>
    public long WaitingBytes
    {
        get
        {
            using var open = new HandleLease(_state.Mapping);
            return (long)_state.Mapping.Waiting;
        }
    }

    /// <summary>The bytes that were read since the ring was made, headers and discarded records included.</summary>
    internal long ReadBytes
    {
        get
        {
            using var open = new HandleLease(_state.Mapping);
            return (long)_state.Mapping.Read;
        }
    }

    /// <summary>Whether the program counts the records it could not send (see the remarks).</summary>
    public bool CountsDrops => _state.Drops is not null;

    internal override ReadingGate Gate => _state.Gate;

    internal override void Wait(int milliseconds) => _state.Wait(milliseconds);

    internal override void Wake() => _state.WakeEvent.Set();

    internal override long Consume<TSink>(ref TSink sink, long most)
    {
        using var open = Open();
        return RingReader.Consume(_state.Mapping, ref sink, most);
    }

    internal override long Consume(RecordDecoder decoder, long most)
    {
        using var open = Open();
        return RingReader.Consume(_state.Mapping, decoder, most);
    }

    internal override Losses TakeLosses() => _state.Drops?.Take() ?? Losses.None;

    /// <summary>Keeps the mapping for the length of a read.</summary>
    private HandleLease Open()
    {
        _state.ThrowIfDisposed();
        return new HandleLease(_state.Mapping);
    }
}
