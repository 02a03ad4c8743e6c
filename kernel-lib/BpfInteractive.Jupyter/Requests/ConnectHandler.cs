namespace BpfInteractive.Jupyter;

/// <summary>Says again by which ports the kernel is reached; old front ends ask it.</summary>
internal sealed class ConnectHandler(ConnectionFile connection) : IRequestHandler
{
    public string Type => "connect_request";

    public void Handle(Request request) => request.ReplyOk(json =>
    {
        json.WriteNumber("shell_port", connection.Shell.Port);
        json.WriteNumber("iopub_port", connection.Iopub.Port);
        json.WriteNumber("stdin_port", connection.Stdin.Port);
        json.WriteNumber("control_port", connection.Control.Port);
        json.WriteNumber("hb_port", connection.Heartbeat.Port);
    });
}
