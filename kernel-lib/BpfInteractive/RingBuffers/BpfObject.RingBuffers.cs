namespace BpfInteractive;

public sealed partial class BpfObject
{
    /// <summary>A ring buffer of this object, to be read as columns, structs or spans.</summary>
    /// <param name="map">The ring buffer map's name in the C source.</param>
    /// <param name="type">The struct that the program sends, by name. It may be left out when the object has only one struct of its own; where it has
    /// several, records come as bytes only.</param>
    /// <exception cref="ArgumentException">There is no such map or struct, or the map is no ring buffer.</exception>
    /// <example><code>var rows = await opens.RingBuffer("events", "event").CollectAsync(TimeSpan.FromSeconds(5));</code></example>
    public RingBuffer RingBuffer(string map, string? type = null)
    {
        ThrowIfDisposed();
        var ring = Maps[map];
        return new RingBuffer(ring, type is null ? RecordTypes.Only(ring) : RecordTypes.Named(this, type));
    }

    /// <summary>A perf event array of this object, to be read as columns, structs or spans. Make it before its programs are attached.</summary>
    /// <param name="map">The map's name in the C source.</param>
    /// <param name="type">The struct that the program sends, by name, as for <see cref="RingBuffer"/>.</param>
    /// <param name="pagesPerCpu">The size of each CPU's buffer: a power of two. It is settled by the first call for a map.</param>
    /// <exception cref="ArgumentException">There is no such map or struct, or the map is no perf event array.</exception>
    /// <exception cref="BpfException">The kernel refuses the buffers.</exception>
    public PerfBuffer PerfBuffer(string map, string? type = null, int pagesPerCpu = 64)
    {
        ThrowIfDisposed();
        var array = Maps[map];
        return new PerfBuffer(array, type is null ? RecordTypes.Only(array) : RecordTypes.Named(this, type), pagesPerCpu);
    }
}
