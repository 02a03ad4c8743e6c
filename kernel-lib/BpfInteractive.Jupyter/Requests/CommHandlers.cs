using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>The page opens a comm. One whose target nobody registered is closed again, as the specification asks.</summary>
internal sealed class CommOpenHandler(CommTable comms) : IRequestHandler
{
    public string Type => "comm_open";

    public void Handle(Request request)
    {
        var id = request.Content.Text("comm_id");
        if (!comms.OpenedByPage(id, request.Content.Text("target_name"), request.Data()))
        {
            comms.Send("comm_close", id, null, null, null);
        }
    }
}

/// <summary>The page says something.</summary>
internal sealed class CommMessageHandler(CommTable comms) : IRequestHandler
{
    public string Type => "comm_msg";

    public void Handle(Request request) => comms.Find(request.Content.Text("comm_id"))?.Receive(request.Data(), request.Message.Buffers);
}

/// <summary>The page closes a comm.</summary>
internal sealed class CommCloseHandler(CommTable comms) : IRequestHandler
{
    public string Type => "comm_close";

    public void Handle(Request request) => comms.Find(request.Content.Text("comm_id"))?.ClosedByPage();
}

/// <summary>Which comms are open, of one target or of all.</summary>
internal sealed class CommInfoHandler(CommTable comms) : IRequestHandler
{
    public string Type => "comm_info_request";

    public void Handle(Request request)
    {
        var target = request.Content.Text("target_name");
        request.ReplyOk(json =>
        {
            json.WriteStartObject("comms");
            foreach (var comm in comms.All.Where(comm => target.Length == 0 || comm.TargetName == target))
            {
                json.WriteStartObject(comm.Id);
                json.WriteString("target_name", comm.TargetName);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        });
    }
}

/// <summary>What the handlers of comms share.</summary>
internal static class CommRequests
{
    private static readonly JsonElement s_nothing = JsonDocument.Parse("{}").RootElement;

    /// <summary>The data of a message; an empty object when it has none.</summary>
    internal static JsonElement Data(this Request request) => request.Content.TryGetProperty("data", out var data) ? data : s_nothing;
}
