using Microsoft.Win32.SafeHandles;

namespace BpfInteractive.Interop;

/// <summary>The memory of a map of globals, shared with the program (BPF_F_MMAPABLE, Linux 5.5).</summary>
internal sealed unsafe class SectionMemory : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly nuint _mapped;

    private SectionMemory(nint address, nuint mapped)
        : base(ownsHandle: true)
    {
        SetHandle(address);
        _mapped = mapped;
    }

    /// <summary>Maps a map's value; null where the kernel cannot.</summary>
    internal static SectionMemory? TryMap(int fd, int size, bool writable)
    {
        var page = (nuint)Environment.SystemPageSize;
        var length = ((nuint)size + page - 1) / page * page;
        var address = Libc.mmap(0, length, Libc.PROT_READ | (writable ? Libc.PROT_WRITE : 0), Libc.MAP_SHARED, fd, 0);
        return address == Libc.MAP_FAILED ? null : new SectionMemory(address, length);
    }

    /// <summary>A part of it; hold a <see cref="HandleLease"/> while using it.</summary>
    internal Span<byte> Slice(int offset, int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((nuint)(offset + size), _mapped);

        // SAFETY: the bounds are checked above, and the caller's lease keeps the mapping.
        return new Span<byte>((byte*)handle + offset, size);
    }

    protected override bool ReleaseHandle() => Libc.munmap(handle, _mapped) == 0;
}
