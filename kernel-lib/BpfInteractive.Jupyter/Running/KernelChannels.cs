using System.Text;
using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>The five sockets of a kernel, and the format of what they carry. Thread-safe.</summary>
internal sealed class KernelChannels : IDisposable
{
    private readonly ServerSocket _shell;
    private readonly ServerSocket _control;
    private readonly ServerSocket _heartbeat;
    private readonly PublisherSocket _iopub;
    private readonly MessageSigner _signer;
    private int _subscribers;
    private long _requests;

    /// <summary>Binds all sockets.</summary>
    /// <param name="connection">Where, and the key.</param>
    /// <param name="refusals">Where what is not taken is counted.</param>
    /// <param name="received">Called with each request: true for the control channel.</param>
    /// <exception cref="IOException">A port is taken.</exception>
    internal KernelChannels(ConnectionFile connection, Refusals refusals, Action<bool, Request> received)
    {
        var owner = PeerOwner.OfThisKernel();
        _signer = new MessageSigner(connection.Key);
        Format = new MessageFormat(_signer, new ReplayGuard());
        _shell = new ServerSocket("shell", "ROUTER", connection.Shell, owner, refusals) { Received = (peer, frames) => received(false, Parse(peer, frames)) };
        _control = new ServerSocket("control", "ROUTER", connection.Control, owner, refusals) { Received = (peer, frames) => received(true, Parse(peer, frames)) };
        _heartbeat = new ServerSocket("heartbeat", "REP", connection.Heartbeat, owner, refusals) { Received = Echo };
        Stdin = new StdinChannel(connection.Stdin, Format, owner, refusals);
        _iopub = new PublisherSocket(connection.Iopub, owner, refusals, Welcome);
    }

    internal MessageFormat Format { get; }

    internal StdinChannel Stdin { get; }

    /// <summary>The number of the request that came last.</summary>
    internal long LastRequest => Volatile.Read(ref _requests);

    public void Dispose()
    {
        foreach (var peer in _shell.Peers.Concat(_control.Peers).Concat(_iopub.Peers))
        {
            peer.Drain(TimeSpan.FromSeconds(1));
        }

        _shell.Dispose();
        _control.Dispose();
        _heartbeat.Dispose();
        Stdin.Dispose();
        _iopub.Dispose();
        _signer.Dispose();
    }

    /// <summary>Begins to accept clients.</summary>
    internal void Start()
    {
        _heartbeat.Start();
        _iopub.Start();
        Stdin.Start();
        _control.Start();
        _shell.Start();
    }

    /// <summary>Sends a message to everybody.</summary>
    internal void Publish(
        string type, byte[] parent, Action<Utf8JsonWriter> content, Action<Utf8JsonWriter>? metadata = null, IReadOnlyList<byte[]>? buffers = null, bool mayWait = false) =>
        _iopub.Publish(Format.Compose([Encoding.ASCII.GetBytes(type)], type, parent, content, metadata, buffers), mayWait);

    private static void Echo(Peer peer, byte[][] frames) => peer.Send(Zmtp.Encode([.. frames.Select(frame => (ReadOnlyMemory<byte>)frame)]));

    private Request Parse(Peer peer, byte[][] frames) => new(Format.Parse(frames), peer, this, Interlocked.Increment(ref _requests));

    /// <summary>
    /// Tells a new subscriber that it hears us (Jupyter enhancement proposal 65): without that a client cannot know when output would reach it. "starting" waits for the first
    /// of them, for nobody would have heard it before.
    /// </summary>
    private void Welcome(Peer peer, string topic)
    {
        peer.Send(Zmtp.Encode(Format.Compose([Encoding.UTF8.GetBytes(topic)], "iopub_welcome", [], json => json.WriteString("subscription", topic))));
        if (Interlocked.Increment(ref _subscribers) == 1)
        {
            Publish("status", [], json => json.WriteString("execution_state", "starting"));
        }
    }
}
