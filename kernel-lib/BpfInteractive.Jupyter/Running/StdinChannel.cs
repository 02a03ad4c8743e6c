namespace BpfInteractive.Jupyter;

/// <summary>Asks the client that sent a request for a line. One question at a time. Thread-safe.</summary>
internal sealed class StdinChannel : IDisposable
{
    private static readonly TimeSpan s_connecting = TimeSpan.FromSeconds(5);

    private readonly ServerSocket _socket;
    private readonly MessageFormat _format;
    private readonly Lock _asking = new();
    private volatile TaskCompletionSource<string>? _question;

    internal StdinChannel(Endpoint endpoint, MessageFormat format, PeerOwner owner, Refusals refusals)
    {
        _format = format;
        _socket = new ServerSocket("stdin", "ROUTER", endpoint, owner, refusals) { Received = Receive };
    }

    public void Dispose() => _socket.Dispose();

    internal void Start() => _socket.Start();

    /// <summary>Asks, and waits for the answer.</summary>
    /// <exception cref="InvalidOperationException">The client has no stdin channel.</exception>
    /// <exception cref="OperationCanceledException">The cell was interrupted.</exception>
    internal string Ask(Request request, string prompt, bool isPassword, CancellationToken cancellationToken)
    {
        lock (_asking)
        {
            var peer = PeerOf(request, cancellationToken);
            var question = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _question = question;
            peer.Send(Zmtp.Encode(_format.Compose(request.Message.Route, "input_request", request.Message.Header, json =>
            {
                json.WriteString("prompt", prompt);
                json.WriteBoolean("password", isPassword);
            })));
            try
            {
                question.Task.Wait(cancellationToken);
                return question.Task.Result;
            }
            finally
            {
                _question = null;
            }
        }
    }

    /// <summary>The channels of a client carry one identity. It may still be connecting this one when its first request comes.</summary>
    private Peer PeerOf(Request request, CancellationToken cancellationToken)
    {
        var end = Environment.TickCount64 + (long)s_connecting.TotalMilliseconds;
        while (true)
        {
            if (_socket.Peers.LastOrDefault(peer => peer.Identity.AsSpan().SequenceEqual(request.Peer.Identity)) is { } found)
            {
                return found;
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (Environment.TickCount64 > end)
            {
                throw new InvalidOperationException("the front end has no stdin channel to ask by");
            }

            Thread.Sleep(20);
        }
    }

    /// <summary>An answer that nobody waits for (its cell was interrupted) is nobody's.</summary>
    private void Receive(Peer peer, byte[][] frames)
    {
        var message = _format.Parse(frames);
        if (message.Type == "input_reply")
        {
            _question?.TrySetResult(message.Content.Text("value"));
        }
    }
}
