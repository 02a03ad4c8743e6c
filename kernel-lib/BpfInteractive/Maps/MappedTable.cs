using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>An array map of the kernel (BPF_F_MMAPABLE) in this process's memory. Entries are read where the program wrote them.</summary>
internal sealed unsafe class MappedTable<T> : IDisposable
    where T : unmanaged
{
    private readonly nuint _length;
    private readonly int _count;
    private nint _address;

    /// <exception cref="BpfException">The map cannot be mapped.</exception>
    internal MappedTable(BpfMap map, bool writable = false)
    {
        _count = checked((int)((long)map.MaxEntries * map.ValueSize / sizeof(T)));
        _length = (nuint)(((long)_count * sizeof(T) + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize);
        using var lease = map.Borrow();
        var protection = Libc.PROT_READ | (writable ? Libc.PROT_WRITE : 0);
        _address = Errno.ThrowIfMinusOne(Libc.mmap(0, _length, protection, Libc.MAP_SHARED, map.Fd, 0), "map into memory", $"map '{map.Name}'");
    }

    /// <summary>All entries, to be written to too where the table was mapped so. Valid until Dispose.</summary>
    internal Span<T> Entries
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);

            // SAFETY: the mapping is as long as all entries and stays until Dispose.
            return new Span<T>((void*)_address, _count);
        }
    }

    /// <summary>The only entry, for a map that has one. Callers keep the use of it apart from Dispose.</summary>
    internal ref T Entry => ref Entries[0];

    /// <summary>The first entries. Valid until the next walk or Dispose, which the engine's lock keeps apart.</summary>
    internal ReadOnlySpan<T> Take(uint count) => Entries[..checked((int)count)];

    public void Dispose()
    {
        var address = Interlocked.Exchange(ref _address, 0);
        if (address != 0)
        {
            _ = Libc.munmap(address, _length);
        }
    }
}
