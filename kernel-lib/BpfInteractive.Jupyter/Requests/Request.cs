using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>A message that wants something done, and the way back to who sent it. Thread-safe.</summary>
internal sealed class Request(Message message, Peer peer, KernelChannels channels, long number)
{
    /// <summary>The place of the request among all that came.</summary>
    internal long Number => number;

    internal Message Message => message;

    /// <summary>The connection that it came by.</summary>
    internal Peer Peer => peer;

    internal JsonElement Content => message.Content;

    /// <summary>The reply's type: "execute_reply" for "execute_request".</summary>
    internal string ReplyType => message.Type.Replace("_request", "_reply", StringComparison.Ordinal);

    /// <summary>Replies that it was done.</summary>
    internal void ReplyOk(Action<Utf8JsonWriter>? content = null) => Reply(json =>
    {
        json.WriteString("status", "ok");
        content?.Invoke(json);
    });

    /// <summary>Replies that it failed.</summary>
    internal void ReplyError(string name, string text, IEnumerable<string> lines, Action<Utf8JsonWriter>? content = null) => Reply(json =>
    {
        json.WriteString("status", "error");
        json.WriteError(name, text, lines);
        content?.Invoke(json);
    });

    internal void Reply(Action<Utf8JsonWriter> content) =>
        peer.Send(Zmtp.Encode(channels.Format.Compose(message.Route, ReplyType, message.Header, content)));

    /// <summary>Tells all clients something that belongs to this request.</summary>
    internal void Publish(string type, Action<Utf8JsonWriter> content, Action<Utf8JsonWriter>? metadata = null, IReadOnlyList<byte[]>? buffers = null, bool mayWait = false) =>
        channels.Publish(type, message.Header, content, metadata, buffers, mayWait);

    internal void PublishStatus(string state) => Publish("status", json => json.WriteString("execution_state", state));
}
