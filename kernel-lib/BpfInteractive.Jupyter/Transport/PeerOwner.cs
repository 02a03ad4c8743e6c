using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BpfInteractive.Interop;

namespace BpfInteractive.Jupyter;

/// <summary>
/// Who connects. A port of the loopback device is open to every user of the machine, and what a cell shows is not encrypted and needs no key to be listened to: so the
/// kernel looks up whose the other end is.
/// </summary>
/// <param name="allowed">The users who may connect; root always may.</param>
internal sealed class PeerOwner(IEnumerable<uint> allowed)
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int PeerCredentials = 17; // SO_PEERCRED: pid, uid, gid (man 7 unix)
    private const string Established = "01"; // include/net/tcp_states.h

    private readonly FrozenSet<uint> _allowed = allowed.Append(0u).ToFrozenSet();

    /// <summary>This process's user, and that of the Jupyter that started it.</summary>
    internal static PeerOwner OfThisKernel()
    {
        var parent = ParentWatch.PidFromEnvironment() is { } pid && Libc.TryStat($"/proc/{pid}", out var status) ? [status.UserId] : Array.Empty<uint>();
        return new PeerOwner([Libc.geteuid_of_caller(), .. parent]);
    }

    /// <exception cref="InvalidDataException">Another user connects.</exception>
    /// <exception cref="IOException">The client has gone.</exception>
    internal void Check(Socket socket)
    {
        // An end that is closed already has no user.
        if (!_allowed.Contains(UserOf(socket) ?? throw new IOException("the client has gone")))
        {
            throw new InvalidDataException("a connection of another user of this machine");
        }
    }

    private static uint? UserOf(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.Unix)
        {
            Span<byte> credentials = stackalloc byte[12];
            socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
            return BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
        }

        // What the other end calls its own address is what we call remote.
        var (theirs, ours) = ((IPEndPoint)socket.RemoteEndPoint!, (IPEndPoint)socket.LocalEndPoint!);
        var table = socket.AddressFamily == AddressFamily.InterNetworkV6 ? "/proc/net/tcp6" : "/proc/net/tcp";
        return UserOf(File.ReadLines(table).Skip(1), Text(theirs), Text(ours));
    }

    /// <summary>The user of one end of a connection in the kernel's table; null when it is not there. Ends that are closed have no user, and do not count.</summary>
    internal static uint? UserOf(IEnumerable<string> lines, string local, string remote)
    {
        foreach (var line in lines)
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 7 && fields[1] == local && fields[2] == remote && fields[3] == Established)
            {
                return uint.Parse(fields[7], CultureInfo.InvariantCulture);
            }
        }

        return null;
    }

    /// <summary>An address as /proc/net/tcp writes it: words of four bytes in the machine's order, in hexadecimal.</summary>
    internal static string Text(IPEndPoint end)
    {
        var bytes = end.Address.GetAddressBytes();
        var text = string.Concat(Enumerable.Range(0, bytes.Length / 4)
            .Select(word => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * word)).ToString("X8", CultureInfo.InvariantCulture)));
        return string.Create(CultureInfo.InvariantCulture, $"{text}:{end.Port:X4}");
    }
}
