using System.Net.Sockets;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A program on a socket, which stays open as long as the program is attached.</summary>
internal sealed class SocketAttachment : Attachment
{
    private readonly SafeSocketHandle _socket;

    private SocketAttachment(SafeSocketHandle socket) => _socket = socket;

    public override void Dispose()
    {
        _ = Libc.DetachSocketFilter((int)_socket.DangerousGetHandle());
        _socket.DangerousRelease();
    }

    internal static SocketAttachment Create(SafeSocketHandle socket, BpfProgram program, AttachFailure failure)
    {
        var held = false;
        socket.DangerousAddRef(ref held);
        var errno = Libc.AttachSocketFilter((int)socket.DangerousGetHandle(), program.Fd);
        if (errno == 0)
        {
            return new(socket);
        }

        socket.DangerousRelease();
        throw failure.For(errno);
    }
}
