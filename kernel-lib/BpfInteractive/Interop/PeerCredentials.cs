using System.Buffers.Binary;
using System.Net.Sockets;

namespace BpfInteractive.Interop;

/// <summary>The kernel's word on who is at the other end of a Unix socket: who connected, or who called listen(2).</summary>
internal static class PeerCredentials
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int Credentials = 17; // SO_PEERCRED: pid, uid, gid (man 7 unix)

    /// <summary>The process, in our pid namespace, and the user.</summary>
    /// <exception cref="SocketException">The kernel does not say.</exception>
    internal static (int Pid, uint UserId) Of(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        return socket.GetRawSocketOption(SocketLevel, Credentials, credentials) == credentials.Length
            ? (BinaryPrimitives.ReadInt32LittleEndian(credentials), BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]))
            : throw new SocketException((int)SocketError.OperationNotSupported);
    }
}
