using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The memory of a BPF ring buffer, as kernel/bpf/ringbuf.c lays it out: the consumer's page, which we write; the producer's page; and the
/// data twice over, so that a record that wraps around lies in one piece. Owner of both mappings.
/// </summary>
internal sealed unsafe class RingMapping : SafeHandle
{
    private readonly nuint _readOnlyLength;
    private readonly nint _consumerPage;

    /// <summary>Maps a ring.</summary>
    /// <param name="fd">The ring buffer map.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="size">The bytes of the ring: a power of two, at least a page.</param>
    internal RingMapping(int fd, string name, uint size)
        : base(0, ownsHandle: true)
    {
        var page = Environment.SystemPageSize;
        _readOnlyLength = (nuint)page + (2 * (nuint)size);
        _consumerPage = Libc.mmap(0, (nuint)page, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, fd, 0);
        Errno.ThrowIfMinusOne(_consumerPage, "map the consumer page of", $"ring buffer '{name}'");
        var producerPage = Libc.mmap(0, _readOnlyLength, Libc.PROT_READ, Libc.MAP_SHARED, fd, page);
        var errno = Errno.Last;
        if (producerPage == Libc.MAP_FAILED)
        {
            _ = Libc.munmap(_consumerPage, (nuint)page);
            throw new BpfException("map the data of", $"ring buffer '{name}'", errno);
        }

        SetHandle(producerPage);
        Size = size;
        Consumer = (ulong*)_consumerPage;
        Producer = (ulong*)producerPage;
        Data = (byte*)producerPage + page;
    }

    public override bool IsInvalid => handle == 0;

    internal uint Size { get; }

    /// <summary>Where the reader stands: bytes since the ring was made. Ours to write, with release order.</summary>
    internal ulong* Consumer { get; }

    /// <summary>Where the writers stand; to be read with acquire order.</summary>
    internal ulong* Producer { get; }

    /// <summary>The data, 2 x <see cref="Size"/> readable bytes.</summary>
    internal byte* Data { get; }

    /// <summary>The bytes that wait to be read, those of unfinished and discarded records included.</summary>
    internal ulong Waiting => Volatile.Read(ref *Producer) - Volatile.Read(ref *Consumer);

    /// <summary>The bytes that were read since the ring was made.</summary>
    internal ulong Read => Volatile.Read(ref *Consumer);

    protected override bool ReleaseHandle() =>
        (Libc.munmap(handle, _readOnlyLength) | Libc.munmap(_consumerPage, (nuint)Environment.SystemPageSize)) == 0;
}
