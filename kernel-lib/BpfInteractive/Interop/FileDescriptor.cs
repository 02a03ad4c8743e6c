using Microsoft.Win32.SafeHandles;

namespace BpfInteractive.Interop;

/// <summary>
/// An owned file descriptor: a map, a program, a link, an epoll instance. Never 0, because the bpf system call reads 0 as "none";
/// always close-on-exec (the kernel opens BPF descriptors that way).
/// </summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    public FileDescriptor()
        : base(ownsHandle: true)
    {
    }

    internal FileDescriptor(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>The number, for a call made while this handle is held. It is meaningless once the handle is disposed.</summary>
    internal int Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed || IsInvalid, this);
            return (int)handle;
        }
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
