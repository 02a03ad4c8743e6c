using System.Collections.Frozen;
using BpfInteractive.Charts;

namespace BpfInteractive.Jupyter;

/// <summary>
/// A Jupyter kernel: it takes requests from its channels to the lanes that serve them. Cells run on one lane; completion and the like on another, so that they are answered while a
/// cell runs; what comes by the control channel on a third.
/// </summary>
internal sealed class Kernel : IAsyncDisposable
{
    private static readonly TimeSpan s_endingTime = TimeSpan.FromSeconds(10);

    /// <summary>Types that the shell channel brings and that need not wait for the cell before them.</summary>
    private static readonly FrozenSet<string> s_aside = FrozenSet.Create("complete_request", "inspect_request", "is_complete_request");

    private readonly SessionHost _host = new();
    private readonly KernelChannels _channels;
    private readonly Refusals _refusals;
    private readonly CommTable _comms;
    private readonly ExecuteHandler _execute;
    private readonly FrozenDictionary<string, IRequestHandler> _handlers;
    private readonly RequestLane _cells;
    private readonly RequestLane _aside;
    private readonly RequestLane _control;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="connection">Where to listen, and the key.</param>
    /// <param name="tell">Where the kernel's own messages go: standard error.</param>
    /// <exception cref="IOException">A port is taken.</exception>
    internal Kernel(ConnectionFile connection, Action<string> tell)
    {
        _refusals = new Refusals(tell);
        _channels = new KernelChannels(connection, _refusals, Receive);
        _cells = new RequestLane("cells", Serve);
        _aside = new RequestLane("aside", Serve);
        _control = new RequestLane("control", Serve);
        var history = new SessionHistory(new HistoryFile(HistoryFile.DefaultPath), tell);
        CommTable.Current = _comms = new CommTable(_channels);
        _comms.Register(Live.StopTarget, static (comm, data) =>
        {
            Live.Stop(data.ToString());
            comm.Close();
        });
        _execute = new ExecuteHandler(_host, _channels, history);
        IRequestHandler[] handlers =
        [
            _execute,
            new KernelInfoHandler(),
            new CompleteHandler(_host),
            new InspectHandler(_host),
            new IsCompleteHandler(_host),
            new HistoryHandler(history),
            new ConnectHandler(connection),
            new CommOpenHandler(_comms),
            new CommMessageHandler(_comms),
            new CommCloseHandler(_comms),
            new CommInfoHandler(_comms),
            new InterruptHandler(_host),
            new ShutdownHandler(End),
        ];
        _handlers = handlers.ToFrozenDictionary(handler => handler.Type);
    }

    /// <summary>Ends when a client asks the kernel to end, or <see cref="End"/> is called.</summary>
    internal Task Ended => _ended.Task;

    public async ValueTask DisposeAsync()
    {
        _cells.Dispose();
        _aside.Dispose();
        _control.Dispose();
        _channels.Dispose();
        _refusals.TellTotals();
        await _host.DisposeAsync().AsTask().WaitAsync(s_endingTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    internal void Start()
    {
        _channels.Start();
        _host.WarmUp();
    }

    internal void Interrupt() => _host.Interrupt();

    internal void End() => _ended.TrySetResult();

    private void Receive(bool isControl, Request request)
    {
        var lane = isControl ? _control : IsAside(request) ? _aside : _cells;
        lane.Add(request);
    }

    /// <summary>What a page says by a comm that is open reaches the cell that runs; a comm that a waiting cell may make possible waits as well.</summary>
    private bool IsAside(Request request) => s_aside.Contains(request.Message.Type)
        || (request.Message.Type == "comm_open" && request.Content.Text("target_name") == Live.StopTarget)
        || (request.Message.Type is "comm_msg" or "comm_close" && _comms.Find(request.Content.Text("comm_id")) is not null);

    private void Serve(Request request)
    {
        request.PublishStatus("busy");
        try
        {
            if (_handlers.TryGetValue(request.Message.Type, out var handler))
            {
                handler.Handle(request);
            }
            else
            {
                _refusals.Add("kernel", $"the unknown message type {request.Message.Type}");
            }
        }
#pragma warning disable CA1031 // A failing request must not end its lane: who asked is told.
        catch (Exception error)
#pragma warning restore CA1031
        {
            request.ReplyError(error.GetType().Name, error.Message, error.ToString().Split('\n'));
        }

        request.PublishStatus("idle");

        // A front end that shows the last status would now call a kernel idle whose cell still runs.
        if (_execute.Running is { } running && running != request)
        {
            running.PublishStatus("busy");
        }
    }
}
