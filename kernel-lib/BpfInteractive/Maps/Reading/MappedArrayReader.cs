using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// An array that user space can map (BPF_F_MMAPABLE, Linux 5.5): no system call for an entry, and no BPF program held up. Values are copied while programs may
/// write them, each aligned word whole.
/// </summary>
internal sealed unsafe class MappedArrayReader : MapReader
{
    private const int BatchEntries = 16 * 1024;

    private nint _address;
    private readonly nuint _length;
    private readonly uint[] _keys = new uint[BatchEntries];
    private readonly int _stride;
    private long _next;
    private long _first;

    private MappedArrayReader(BpfMap map, nint address, nuint length)
        : base(map)
    {
        _address = address;
        _length = length;
        _stride = map.CpuStride;
    }

    ~MappedArrayReader() => Unmap();

    internal override ReadOnlySpan<byte> Keys => MemoryMarshal.AsBytes(_keys.AsSpan(0, Count));

    // SAFETY: the entries from _first on lie inside the mapping: it has MaxEntries of them.
    internal override ReadOnlySpan<byte> Values => new((byte*)_address + (_first * _stride), Count * _stride);

    internal override int ValueStride => _stride;

    /// <summary>Null when the array cannot be mapped: it was not made so, or is write-only.</summary>
    internal static MappedArrayReader? TryOpen(BpfMap map)
    {
        if (!((BpfMapFlags)map.Flags).HasFlag(BpfMapFlags.Mmapable) || map.HasSpinLock)
        {
            return null;
        }

        using var lease = map.Borrow();
        var length = (nuint)map.CpuStride * map.MaxEntries;
        var address = Libc.mmap(0, length, Libc.PROT_READ, Libc.MAP_SHARED, map.Fd, 0);
        return address == Libc.MAP_FAILED ? null : new MappedArrayReader(map, address, length);
    }

    internal override bool Next()
    {
        _first = _next;
        Count = (int)Math.Min(BatchEntries, Map.MaxEntries - _first);
        _next += Count;
        for (var i = 0; i < Count; i++)
        {
            _keys[i] = (uint)(_first + i);
        }

        return Count > 0;
    }

    public override void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
        base.Dispose();
    }

    private void Unmap()
    {
        var address = Interlocked.Exchange(ref _address, 0);
        if (address != 0)
        {
            _ = Libc.munmap(address, _length);
        }
    }
}
