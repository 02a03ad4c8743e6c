using BpfInteractive.Interop;

namespace BpfInteractive.Tests.Tables;

/// <summary>A page of memory with a forbidden one behind it: who reads a byte too many ends the process.</summary>
internal sealed unsafe class GuardedPage : IDisposable
{
    private const int MapAnonymous = 0x20;
    private const int MapFixed = 0x10;
    private const int Page = 4096;
    private readonly nint _start;

    internal GuardedPage()
    {
        _start = Libc.mmap(0, 2 * Page, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | MapAnonymous, -1, 0);
        Assert.NotEqual(Libc.MAP_FAILED, _start);
        Assert.Equal(_start + Page, Libc.mmap(_start + Page, Page, 0, Libc.MAP_PRIVATE | MapAnonymous | MapFixed, -1, 0));
    }

    internal ReadOnlySpan<byte> AtEnd(ReadOnlySpan<byte> bytes)
    {
        var place = new Span<byte>((void*)(_start + Page - bytes.Length), bytes.Length);
        bytes.CopyTo(place);
        return place;
    }

    public void Dispose() => Libc.munmap(_start, 2 * Page);
}
