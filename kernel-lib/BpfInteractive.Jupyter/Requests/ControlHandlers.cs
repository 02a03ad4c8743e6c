namespace BpfInteractive.Jupyter;

/// <summary>Interrupts the cell that runs. What the session holds stays.</summary>
internal sealed class InterruptHandler(SessionHost host) : IRequestHandler
{
    public string Type => "interrupt_request";

    public void Handle(Request request)
    {
        host.Interrupt();
        request.ReplyOk();
    }
}

/// <summary>Ends the kernel; all clients are told.</summary>
internal sealed class ShutdownHandler(Action end) : IRequestHandler
{
    public string Type => "shutdown_request";

    public void Handle(Request request)
    {
        var isRestart = request.Content.Flag("restart");
        request.Publish("shutdown_reply", json =>
        {
            json.WriteString("status", "ok");
            json.WriteBoolean("restart", isRestart);
        });
        request.ReplyOk(json => json.WriteBoolean("restart", isRestart));
        end();
    }
}
