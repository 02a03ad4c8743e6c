using System.Runtime.InteropServices;

namespace BpfInteractive.Benchmarks.Rings;

/// <summary>The functions of native/ring_reader.c, loaded when the benchmark runs.</summary>
internal sealed unsafe class RingPeer
{
    private readonly delegate* unmanaged<int, ulong, uint, nint> _fill;
    private readonly delegate* unmanaged<ulong*, int> _drainSum;
    private readonly delegate* unmanaged<int> _drainColumns;

    internal RingPeer(int ringFd)
    {
        var library = NativeLibrary.Load(NativePeer.Library("ring_reader"));
        _fill = (delegate* unmanaged<int, ulong, uint, nint>)NativeLibrary.GetExport(library, "peer_fill");
        _drainSum = (delegate* unmanaged<ulong*, int>)NativeLibrary.GetExport(library, "peer_drain_sum");
        _drainColumns = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "peer_drain_columns");
        var open = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "peer_open");
        if (open(ringFd) != 0)
        {
            throw new InvalidOperationException("libbpf could not open the ring");
        }
    }

    /// <summary>Runs the producer; throws unless every event found room.</summary>
    internal void Fill(int programFd, uint count)
    {
        var dropped = _fill(programFd, 0, count);
        if (dropped != 0)
        {
            throw new InvalidOperationException($"the producer ended with {dropped}");
        }
    }

    internal (int Count, ulong Sum) DrainSum()
    {
        ulong sum;
        return (_drainSum(&sum), sum);
    }

    internal int DrainColumns() => _drainColumns();
}
