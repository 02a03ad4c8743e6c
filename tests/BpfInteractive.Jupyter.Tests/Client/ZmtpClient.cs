using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>The client's side of ZMTP 3.0, written from its specification and sharing nothing with the kernel's side.</summary>
internal sealed class ZmtpClient : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private ZmtpClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket) { ReadTimeout = 60_000 };
    }

    internal Socket Socket => _socket;

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    /// <summary>Connects without a word.</summary>
    internal static ZmtpClient Open(System.Net.EndPoint end)
    {
        var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(end);
        return new ZmtpClient(socket);
    }

    internal static ZmtpClient Connect(System.Net.EndPoint end, string type, string identity = "")
    {
        var client = Open(end);
        client.Write([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0, .. "NULL"u8, .. new byte[48]]);
        var greeting = client.ReadBytes(64);
        Assert.Equal(3, greeting[10]);
        client.WriteFrame(4, [5, .. "READY"u8, .. Property("Socket-Type", type), .. Property("Identity", identity)]);
        var (flags, ready) = client.ReadFrame();
        Assert.Equal(4, flags);
        Assert.Equal("\u0005READY", Encoding.ASCII.GetString(ready, 0, 6));
        return client;
    }

    internal void Write(params byte[] bytes) => _stream.Write(bytes);

    internal void WriteFrame(byte flags, byte[] body)
    {
        var size = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(size, body.Length);
        Write(body.Length > 255 ? [(byte)(flags | 2), .. size, .. body] : [flags, (byte)body.Length, .. body]);
    }

    internal void Send(params byte[][] frames)
    {
        for (var i = 0; i < frames.Length; i++)
        {
            WriteFrame(i < frames.Length - 1 ? (byte)1 : (byte)0, frames[i]);
        }
    }

    internal byte[][] Receive()
    {
        var frames = new List<byte[]>();
        while (true)
        {
            var (flags, body) = ReadFrame();
            frames.Add(body);
            if ((flags & 1) == 0)
            {
                return [.. frames];
            }
        }
    }

    internal (byte Flags, byte[] Body) ReadFrame()
    {
        var flags = ReadBytes(1)[0];
        var size = (flags & 2) == 0 ? ReadBytes(1)[0] : BinaryPrimitives.ReadInt64BigEndian(ReadBytes(8));
        return ((byte)(flags & ~2), ReadBytes((int)size));
    }

    /// <summary>Waits until the kernel closes the connection.</summary>
    internal bool IsClosedByKernel()
    {
        try
        {
            var rest = new byte[4096];
            while (_stream.Read(rest) > 0)
            {
            }
        }
        catch (IOException error) when (error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
        }

        return true;
    }

    private byte[] ReadBytes(int count)
    {
        var bytes = new byte[count];
        _stream.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Property(string name, string value) =>
        [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), 0, 0, 0, (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
}
