using System.Runtime.InteropServices;

namespace BpfInteractive.Tests.RingBuffers;

/// <summary>libbpf's own reader, to compare ours with.</summary>
internal static unsafe partial class LibBpfRing
{
    /// <summary>All records that wait, as bytes.</summary>
    internal static List<byte[]> Drain(BpfMap map)
    {
        var records = new List<byte[]>();
        var handle = GCHandle.Alloc(records);
        var ring = ring_buffer__new(map.Fd, &OnRecord, (void*)GCHandle.ToIntPtr(handle), null);
        Assert.NotEqual(0, ring);
        var count = ring_buffer__consume(ring);
        ring_buffer__free(ring);
        handle.Free();
        Assert.Equal(records.Count, count);
        return records;
    }

    [UnmanagedCallersOnly]
    private static int OnRecord(void* context, void* data, nuint length)
    {
        ((List<byte[]>)GCHandle.FromIntPtr((nint)context).Target!).Add(new ReadOnlySpan<byte>(data, (int)length).ToArray());
        return 0;
    }

    [LibraryImport("libbpf.so.1")]
    private static partial nint ring_buffer__new(int fd, delegate* unmanaged<void*, void*, nuint, int> callback, void* context, void* options);

    [LibraryImport("libbpf.so.1")]
    private static partial int ring_buffer__consume(nint ring);

    [LibraryImport("libbpf.so.1")]
    private static partial void ring_buffer__free(nint ring);
}
