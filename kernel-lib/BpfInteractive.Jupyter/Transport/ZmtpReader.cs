using System.Buffers.Binary;

namespace BpfInteractive.Jupyter;

/// <summary>Reads frames and messages of ZMTP from a stream; what a peer claims costs memory only as its bytes come. Not thread-safe.</summary>
internal sealed class ZmtpReader(Stream stream)
{
    /// <summary>A message of this size ends the connection: notebooks with pictures stay far below.</summary>
    internal const int MostMessageBytes = 256 << 20;

    private const int MostFrames = 4096;
    private const int GrowthBytes = 1 << 20;
    private const int BufferBytes = 32 << 10;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    /// <summary>Reads the greeting of the peer.</summary>
    /// <exception cref="InvalidDataException">It is no greeting of ZMTP 3.</exception>
    internal void ReadGreeting()
    {
        var greeting = new byte[Zmtp.GreetingBytes];
        ReadExactly(greeting);
        Zmtp.CheckGreeting(greeting);
    }

    /// <summary>Reads one frame.</summary>
    /// <param name="budget">The most that it may hold.</param>
    /// <exception cref="InvalidDataException">It is larger, or its flags are no flags.</exception>
    /// <exception cref="EndOfStreamException">The peer has gone.</exception>
    internal (byte Flags, byte[] Body) ReadFrame(int budget = MostMessageBytes)
    {
        Span<byte> head = stackalloc byte[9];
        ReadExactly(head[..2]);
        var flags = head[0];
        if ((flags & ~(Zmtp.MoreFlag | Zmtp.LongFlag | Zmtp.CommandFlag)) != 0)
        {
            throw new InvalidDataException($"a frame of the peer has the unknown flags 0x{flags:x2}");
        }

        ulong size = head[1];
        if ((flags & Zmtp.LongFlag) != 0)
        {
            ReadExactly(head[2..]);
            size = BinaryPrimitives.ReadUInt64BigEndian(head[1..]);
        }

        return size <= (ulong)budget ? (flags, ReadBody((int)size)) : throw new InvalidDataException($"a message of the peer is larger than {MostMessageBytes >> 20} MiB");
    }

    /// <summary>Reads frames until a message is whole or a command has come.</summary>
    /// <returns>The frames of a message; or the one frame of a command.</returns>
    internal (bool IsCommand, byte[][] Frames) ReadMessage()
    {
        var frames = new List<byte[]>();
        var budget = MostMessageBytes;
        while (true)
        {
            var (flags, body) = ReadFrame(budget);
            if ((flags & Zmtp.CommandFlag) != 0)
            {
                return frames.Count == 0 ? (true, [body]) : throw new InvalidDataException("a command stands inside a message of the peer");
            }

            frames.Add(body);
            budget -= body.Length;
            if ((flags & Zmtp.MoreFlag) == 0)
            {
                return (false, [.. frames]);
            }

            if (frames.Count == MostFrames)
            {
                throw new InvalidDataException($"a message of the peer has more than {MostFrames} frames");
            }
        }
    }

    /// <summary>Small frames come out of the buffer: one call of the system brings many.</summary>
    private void ReadExactly(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, stream.Read(_buffer));
                if (_end == 0)
                {
                    throw new EndOfStreamException();
                }
            }

            var count = Math.Min(bytes.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(bytes);
            _start += count;
            bytes = bytes[count..];
        }
    }

    private byte[] ReadBody(int size)
    {
        var body = new byte[Math.Min(size, GrowthBytes)];
        ReadExactly(body);
        for (var read = body.Length; read < size; read = body.Length)
        {
            Array.Resize(ref body, (int)Math.Min(size, 2L * read));
            ReadExactly(body.AsSpan(read));
        }

        return body;
    }
}
