using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace BpfInteractive.Jupyter;

/// <summary>Where a socket of the kernel listens: a port of the loopback device, or a Unix socket.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">Its port; of a Unix socket the number at the end of its path.</param>
internal sealed record Endpoint(EndPoint Address, int Port)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    internal static Endpoint Tcp(IPAddress address, int port) => new(new IPEndPoint(address, port), port);

    internal static Endpoint Ipc(string prefix, int port) => new(new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"{prefix}-{port}")), port);

    public override string ToString() => Address is UnixDomainSocketEndPoint ? $"ipc://{Address}" : string.Create(CultureInfo.InvariantCulture, $"tcp://{Address}");

    /// <summary>Starts to listen. A Unix socket that a kernel before this one left behind is replaced; its mode is 0600.</summary>
    /// <exception cref="IOException">Somebody else listens there.</exception>
    internal Socket Listen()
    {
        var socket = new Socket(Address.AddressFamily, SocketType.Stream, Address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (Address is UnixDomainSocketEndPoint && File.Exists(Address.ToString()))
            {
                File.Delete(Address.ToString()!);
            }

            socket.Bind(Address);
            if (Address is UnixDomainSocketEndPoint)
            {
                File.SetUnixFileMode(Address.ToString()!, OwnerOnly);
            }

            socket.Listen(64);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException($"cannot listen at {this}: {error.Message}", error);
        }
    }
}
