using System.Text;

namespace BpfInteractive.Jupyter;

/// <summary>The iopub socket: every message goes to all clients that subscribed to its topic. Thread-safe.</summary>
internal sealed class PublisherSocket : IDisposable
{
    private readonly ServerSocket _socket;
    private readonly Dictionary<Peer, List<byte[]>> _topics = [];

    /// <param name="endpoint">Where it listens.</param>
    /// <param name="owner">Who may connect.</param>
    /// <param name="refusals">Where broken connections are counted.</param>
    /// <param name="subscribed">Called with the peer and its new topic.</param>
    internal PublisherSocket(Endpoint endpoint, PeerOwner owner, Refusals refusals, Action<Peer, string> subscribed)
    {
        _socket = new ServerSocket("iopub", "XPUB", endpoint, owner, refusals)
        {
            Received = (peer, frames) => Subscribe(peer, frames, subscribed),
            Left = Forget,
        };
    }

    internal IReadOnlyList<Peer> Peers => _socket.Peers;

    public void Dispose() => _socket.Dispose();

    internal void Start() => _socket.Start();

    /// <summary>Sends a message whose first frame is its topic.</summary>
    internal void Publish(IReadOnlyList<ReadOnlyMemory<byte>> frames, bool mayWait)
    {
        var peers = SubscribersOf(frames[0].Span);
        if (peers.Count == 0)
        {
            return;
        }

        var message = Zmtp.Encode(frames);
        foreach (var peer in peers)
        {
            peer.Send(message, mayWait);
        }
    }

    private List<Peer> SubscribersOf(ReadOnlySpan<byte> topic)
    {
        var peers = new List<Peer>();
        lock (_topics)
        {
            foreach (var (peer, prefixes) in _topics)
            {
                foreach (var prefix in prefixes)
                {
                    if (topic.StartsWith(prefix))
                    {
                        peers.Add(peer);
                        break;
                    }
                }
            }
        }

        return peers;
    }

    /// <summary>In ZMTP 3.0 a subscription is a message: 1 and the topic; 0 and the topic takes it back.</summary>
    private void Subscribe(Peer peer, byte[][] frames, Action<Peer, string> subscribed)
    {
        if (frames is not [[0 or 1, ..] frame])
        {
            throw new InvalidDataException("a message that is no subscription");
        }

        var topic = frame[1..];
        lock (_topics)
        {
            if (!_topics.TryGetValue(peer, out var topics))
            {
                _topics.Add(peer, topics = []);
            }

            if (frame[0] == 0)
            {
                topics.RemoveAll(old => old.AsSpan().SequenceEqual(topic));
                return;
            }

            topics.Add(topic);
        }

        subscribed(peer, Encoding.UTF8.GetString(topic));
    }

    private void Forget(Peer peer)
    {
        lock (_topics)
        {
            _topics.Remove(peer);
        }
    }
}
