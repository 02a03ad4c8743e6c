using System.Net.Sockets;
using System.Text;

namespace BpfInteractive.Jupyter;

/// <summary>
/// A listening ZeroMQ socket of the kernel in one of the roles ROUTER, XPUB and REP. It knows its peers; what a message means is its user's business. A connection that breaks
/// the protocol is closed, counted and told once. Thread-safe.
/// </summary>
internal sealed class ServerSocket : IDisposable
{
    private const int MostPeers = 512;
    private const int StackBytes = 256 << 10;

    private static readonly TimeSpan s_handshakeLimit = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly string _type;
    private readonly Socket _listener;
    private readonly PeerOwner _owner;
    private readonly Refusals _refusals;
    private readonly List<Peer> _peers = [];
    private bool _isDisposed;

    /// <summary>Binds the socket; nothing is accepted before <see cref="Start"/>.</summary>
    /// <param name="name">What it is for: "shell".</param>
    /// <param name="type">ROUTER, XPUB or REP.</param>
    /// <param name="endpoint">Where it listens.</param>
    /// <param name="owner">Who may connect.</param>
    /// <param name="refusals">Where broken connections are counted.</param>
    internal ServerSocket(string name, string type, Endpoint endpoint, PeerOwner owner, Refusals refusals)
    {
        (_name, _type, _owner, _refusals) = (name, type, owner, refusals);
        Endpoint = endpoint;
        _listener = endpoint.Listen();
    }

    /// <summary>Called with each message on the thread of its peer. An <see cref="InvalidDataException"/> counts as a refusal and leaves the connection open.</summary>
    internal Action<Peer, byte[][]> Received { get; init; } = static (_, _) => { };

    /// <summary>Called when a peer has gone.</summary>
    internal Action<Peer> Left { get; init; } = static _ => { };

    internal Endpoint Endpoint { get; }

    /// <summary>Those that have shaken hands and are still there.</summary>
    internal IReadOnlyList<Peer> Peers
    {
        get
        {
            lock (_peers)
            {
                return [.. _peers];
            }
        }
    }

    public void Dispose()
    {
        lock (_peers)
        {
            _isDisposed = true;
        }

        _listener.Dispose();
        foreach (var peer in Peers)
        {
            peer.Dispose();
        }

        if (Endpoint.Address is UnixDomainSocketEndPoint path)
        {
            File.Delete(path.ToString());
        }
    }

    internal void Start() => StartThread(AcceptLoop, "accept");

    private void AcceptLoop()
    {
        try
        {
            while (true)
            {
                var peer = new Peer(Accept());
                StartThread(() => Serve(peer), "read");
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private Socket Accept()
    {
        var socket = _listener.Accept();
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }

        return socket;
    }

    private void Serve(Peer peer)
    {
        try
        {
            _owner.Check(peer.Socket);
            Handshake(peer);
            if (Join(peer))
            {
                StartThread(peer.WriteLoop, "write");
                ReadLoop(peer);
            }
        }
        catch (InvalidDataException error)
        {
            _refusals.Add(_name, error.Message);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or SocketException)
        {
            // The client has gone.
        }
        finally
        {
            Leave(peer);
        }
    }

    private void Handshake(Peer peer)
    {
        peer.SetReadTimeout(s_handshakeLimit);
        peer.WriteDirectly(Zmtp.Greeting());
        peer.Reader.ReadGreeting();
        peer.WriteDirectly(Zmtp.Ready(_type));
        var (flags, body) = peer.Reader.ReadFrame();
        var (name, rest) = Zmtp.Command(body);
        if ((flags & Zmtp.CommandFlag) == 0 || name != "READY")
        {
            throw new InvalidDataException("the peer does not end its handshake");
        }

        var properties = Zmtp.Properties(rest.Span);
        var type = Encoding.ASCII.GetString(properties.GetValueOrDefault("Socket-Type", []));
        if (!Fits(type))
        {
            throw new InvalidDataException($"a peer of the wrong type for {_type}");
        }

        peer.Identity = properties.GetValueOrDefault("Identity", []);
        peer.SetReadTimeout(TimeSpan.Zero);
    }

    private bool Fits(string type) => _type switch
    {
        "XPUB" => type is "SUB" or "XSUB",
        "REP" => type is "REQ" or "DEALER",
        _ => type is "DEALER" or "REQ" or "ROUTER",
    };

    private void ReadLoop(Peer peer)
    {
        while (true)
        {
            var (isCommand, frames) = peer.Reader.ReadMessage();
            try
            {
                if (!isCommand)
                {
                    Received(peer, frames);
                }
                else if (Zmtp.Command(frames[0]) is ("PING", { Length: >= 2 } rest))
                {
                    Pong(peer, rest[2..]);
                }
            }
            catch (InvalidDataException error)
            {
                _refusals.Add(_name, error.Message);
            }
        }
    }

    private static void Pong(Peer peer, ReadOnlyMemory<byte> context)
    {
        var frame = new System.Buffers.ArrayBufferWriter<byte>();
        Zmtp.WriteFrame(frame, [4, .. "PONG"u8, .. context.Span], Zmtp.CommandFlag);
        peer.Send(frame.WrittenSpan.ToArray());
    }

    private bool Join(Peer peer)
    {
        lock (_peers)
        {
            if (_isDisposed)
            {
                return false;
            }

            if (_peers.Count >= MostPeers)
            {
                throw new InvalidDataException($"more than {MostPeers} connections");
            }

            _peers.Add(peer);
            return true;
        }
    }

    private void Leave(Peer peer)
    {
        lock (_peers)
        {
            _peers.Remove(peer);
        }

        peer.Dispose();
        Left(peer);
    }

    private void StartThread(Action body, string what) =>
        new Thread(() => body(), StackBytes) { Name = $"{_name} {what}", IsBackground = true }.Start();
}
