using System.Net.Sockets;

namespace BpfInteractive.Jupyter;

/// <summary>
/// One connection of a client. It is read and written by two threads of its own and not by the thread pool: code of a cell may take every thread of the pool, and an
/// interrupt must still come through. Thread-safe.
/// </summary>
internal sealed class Peer : IDisposable
{
    /// <summary>What may wait for a client that does not read; more makes the cell that writes wait.</summary>
    private const long MostWaitingBytes = 64 << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly Queue<byte[]> _outgoing = new();
    private long _waitingBytes;
    private bool _isClosed;

    internal Peer(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket);
        Reader = new ZmtpReader(_stream);
    }

    /// <summary>The name that the client gave its socket; empty when it gave none. The sockets of one Jupyter client share it.</summary>
    internal byte[] Identity { get; set; } = [];

    internal ZmtpReader Reader { get; }

    internal Socket Socket => _socket;

    public void Dispose()
    {
        lock (_outgoing)
        {
            _isClosed = true;
            Monitor.PulseAll(_outgoing);
        }

        _stream.Dispose();
        _socket.Dispose();
    }

    /// <summary>How long a read waits; <see cref="TimeSpan.Zero"/> for ever.</summary>
    internal void SetReadTimeout(TimeSpan limit) => _socket.ReceiveTimeout = (int)limit.TotalMilliseconds;

    /// <summary>Writes at once; before the writing thread has started.</summary>
    internal void WriteDirectly(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Puts an encoded message in line. Does nothing once the client has gone.</summary>
    /// <param name="message">The bytes.</param>
    /// <param name="mayWait">True for what a cell writes: it waits for a client that reads slowly, and a client that does not read for ten seconds is cut off.</param>
    internal void Send(byte[] message, bool mayWait = false)
    {
        lock (_outgoing)
        {
            while (mayWait && !_isClosed && _waitingBytes > MostWaitingBytes)
            {
                if (!Monitor.Wait(_outgoing, s_patience))
                {
                    _isClosed = true;
                    _socket.Dispose();
                }
            }

            if (_isClosed)
            {
                return;
            }

            _outgoing.Enqueue(message);
            _waitingBytes += message.Length;
            Monitor.PulseAll(_outgoing);
        }
    }

    /// <summary>Waits until all that stands in line is written, or the time is over.</summary>
    internal void Drain(TimeSpan limit)
    {
        var end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        lock (_outgoing)
        {
            while (!_isClosed && _waitingBytes > 0 && end - Environment.TickCount64 is > 0 and var left)
            {
                Monitor.Wait(_outgoing, TimeSpan.FromMilliseconds(left));
            }
        }
    }

    /// <summary>Writes what stands in line until the connection ends: the writing thread's body.</summary>
    internal void WriteLoop()
    {
        var batch = new MemoryStream();
        try
        {
            while (TakeBatch(batch))
            {
                _stream.Write(batch.GetBuffer(), 0, (int)batch.Length);
                lock (_outgoing)
                {
                    _waitingBytes -= batch.Length;
                    Monitor.PulseAll(_outgoing);
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or SocketException)
        {
            Dispose(); // The client has gone; its reading thread ends as well.
        }
    }

    /// <summary>Small messages that wait together are written together.</summary>
    private bool TakeBatch(MemoryStream batch)
    {
        const int Enough = 256 << 10;
        batch.SetLength(0);
        lock (_outgoing)
        {
            while (_outgoing.Count == 0 && !_isClosed)
            {
                Monitor.Wait(_outgoing);
            }

            while (batch.Length < Enough && _outgoing.TryDequeue(out var message))
            {
                batch.Write(message);
            }
        }

        return batch.Length > 0;
    }
}
