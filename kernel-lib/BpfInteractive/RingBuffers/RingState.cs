using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// What all readers of one ring buffer map share: the mapping, the gate, and the count of losses told so far. It belongs to the map's object;
/// disposing it ends a wait.
/// </summary>
internal sealed unsafe class RingState : IDisposable
{
    private readonly BpfMap _map;
    private readonly uint _mapId;
    private volatile bool _disposed;

    internal RingState(BpfMap map)
    {
        if (map.Type != BpfMapType.RingBuffer)
        {
            throw new ArgumentException($"map '{map.Name}' is a {map.Type}, not a ring buffer", nameof(map));
        }

        _map = map;
        using var lease = map.Borrow();
        Mapping = new RingMapping(map.Fd, map.Name, map.MaxEntries);
        Drops = DropCounter.Find(map);
        _mapId = IdOf(map);
        Gate = SharedGates.Take(_mapId);
    }

    internal ReadingGate Gate { get; }

    internal RingMapping Mapping { get; }

    internal DropCounter? Drops { get; }

    internal WakeEvent WakeEvent { get; } = new();

    /// <summary>Waits until the ring has something, or the event is set, or the time is up.</summary>
    internal void Wait(int milliseconds)
    {
        using var lease = _map.Borrow();
        using var open = new HandleLease(Mapping);
        ThrowIfDisposed();

        // A ring that has bytes although the caller has just emptied it has an unfinished record at its head. poll would return at once, again and
        // again, until the program that holds the record submits it: leave that program the CPU instead.
        var isHeld = Mapping.Waiting > 0;
        var fd = _map.Fd;
        WakeEvent.Wait(isHeld ? [] : [fd], isHeld ? Math.Min(1, milliseconds) : milliseconds, $"ring buffer '{_map.Name}'");
        ThrowIfDisposed();
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, _map);

    public void Dispose()
    {
        if (!_disposed)
        {
            SharedGates.Release(_mapId);
        }

        _disposed = true;
        WakeEvent.Set();
        WakeEvent.Dispose();
        Mapping.Dispose();
    }

    private static uint IdOf(BpfMap map)
    {
        var info = default(MapInfo);
        Errno.ThrowIfNegative(BpfSyscall.GetInfo(map.Fd, ref info), "ask for the id of", $"map '{map.Name}'");
        return info.Id;
    }

    /// <summary>The head of struct bpf_map_info.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MapInfo
    {
        internal uint Type;
        internal uint Id;
    }
}
