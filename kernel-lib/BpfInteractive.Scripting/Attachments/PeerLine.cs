using System.Diagnostics;
using System.Net.Sockets;

namespace BpfInteractive.Scripting;

/// <summary>One line each way over a Unix socket, with a limit of bytes and of time.</summary>
internal static class PeerLine
{
    /// <exception cref="InvalidDataException">It ends without a line, or is longer than it may be.</exception>
    /// <exception cref="SocketException">It did not come in time.</exception>
    internal static byte[] Read(Socket socket, int mostBytes, TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        var line = new MemoryStream();
        var part = new byte[16 << 10];
        while (line.Length <= mostBytes)
        {
            // The whole line has so long, not each of its bytes. No time at all would mean no limit.
            socket.ReceiveTimeout = Math.Max(1, (int)(limit - Stopwatch.GetElapsedTime(started)).TotalMilliseconds);
            var count = socket.Receive(part);
            var end = part.AsSpan(0, count).IndexOf((byte)'\n');
            line.Write(part, 0, end >= 0 ? end : count);
            if (end >= 0)
            {
                return line.ToArray();
            }

            if (count == 0)
            {
                throw new InvalidDataException("the other end closed within a line");
            }
        }

        throw new InvalidDataException($"a line of more than {mostBytes} bytes");
    }

    internal static void Write(Socket socket, ReadOnlySpan<byte> line, TimeSpan limit)
    {
        socket.SendTimeout = (int)limit.TotalMilliseconds;
        socket.Send([.. line, (byte)'\n']);
    }
}
