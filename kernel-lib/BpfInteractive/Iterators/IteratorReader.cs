using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Reads an iterator's file to its end, as kernel/bpf/bpf_iter.c gives it.</summary>
internal static unsafe class IteratorReader
{
    /// <summary>Takes a part of what was written; the bytes are valid until it returns. A row may be split between two parts.</summary>
    internal delegate void PartHandler(ReadOnlySpan<byte> part);

    /// <summary>Eight pages are what one object may write (bpf_iter.c), so most reads come in one piece.</summary>
    private const int BufferBytes = 64 * 1024;

    internal static void Read(FileDescriptor file, string subject, PartHandler onPart, CancellationToken token)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
        while (true)
        {
            token.ThrowIfCancellationRequested();
            nint length;
            int errno;

            // SAFETY: the array is pinned while the kernel writes to it, at most its length.
            fixed (byte* bytes = buffer)
            {
                length = Libc.read(file.Value, bytes, BufferBytes);
                errno = Errno.Last;
            }

            if (length > 0)
            {
                onPart(buffer.AsSpan(0, (int)length));
            }
            else if (length == 0)
            {
                return;
            }
            else if (errno is not (Errno.EINTR or Errno.EAGAIN))
            {
                // EAGAIN: a million objects were walked without a byte written; the next read goes on from there.
                throw new BpfException("read", subject, errno, hint: errno == Errno.E2BIG ? "one object may write at most eight pages (32 KiB)" : null);
            }
        }
    }
}
