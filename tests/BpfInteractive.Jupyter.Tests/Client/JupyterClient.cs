using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>A message as the client sees it.</summary>
internal sealed record ClientMessage(string Type, string Id, string ParentId, JsonObject Content, byte[][] Buffers);

/// <summary>A Jupyter client of its own: five channels, signed messages.</summary>
internal sealed class JupyterClient : IDisposable
{
    private readonly byte[] _key;
    private readonly string _session = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, ZmtpClient> _channels;
    private int _count;

    internal JupyterClient(KernelProcess kernel)
    {
        _key = Encoding.UTF8.GetBytes(kernel.Key);
        _channels = new()
        {
            ["iopub"] = ZmtpClient.Connect(kernel.EndOf("iopub"), "SUB"),
            ["shell"] = ZmtpClient.Connect(kernel.EndOf("shell"), "DEALER", _session),
            ["control"] = ZmtpClient.Connect(kernel.EndOf("control"), "DEALER", _session),
            ["stdin"] = ZmtpClient.Connect(kernel.EndOf("stdin"), "DEALER", _session),
        };
        _channels["iopub"].Send([1]);
    }

    internal ZmtpClient this[string channel] => _channels[channel];

    public void Dispose()
    {
        foreach (var channel in _channels.Values)
        {
            channel.Dispose();
        }
    }

    /// <summary>Sends a request and gives its id.</summary>
    internal string Send(string type, JsonObject content, string channel = "shell", params byte[][] buffers)
    {
        var (id, frames) = Compose(type, content);
        _channels[channel].Send([.. frames, .. buffers]);
        return id;
    }

    internal (string Id, byte[][] Frames) Compose(string type, JsonObject content)
    {
        var id = $"{_session}-{++_count}";
        var header = new JsonObject
        {
            ["msg_id"] = id,
            ["session"] = _session,
            ["username"] = "tester",
            ["date"] = "2026-11-01T00:00:00.000Z",
            ["msg_type"] = type,
            ["version"] = "5.3",
        };
        byte[][] parts = [Bytes(header), Bytes([]), Bytes([]), Bytes(content)];
        return (id, ["<IDS|MSG>"u8.ToArray(), Sign(parts), .. parts]);
    }

    internal ClientMessage Receive(string channel)
    {
        var frames = _channels[channel].Receive();
        var at = Array.FindIndex(frames, frame => frame.AsSpan().SequenceEqual("<IDS|MSG>"u8));
        Assert.Equal(Encoding.ASCII.GetString(Sign(frames[(at + 2)..(at + 6)])), Encoding.ASCII.GetString(frames[at + 1]));
        var header = Object(frames[at + 2]);
        return new ClientMessage(
            header["msg_type"]!.GetValue<string>(),
            header["msg_id"]!.GetValue<string>(),
            Object(frames[at + 3])["msg_id"]?.GetValue<string>() ?? "",
            Object(frames[at + 5]),
            frames[(at + 6)..]);
    }

    /// <summary>Waits for the reply to a request; what comes for others is passed over.</summary>
    internal JsonObject Reply(string id, string channel = "shell")
    {
        while (true)
        {
            var message = Receive(channel);
            if (message.ParentId == id)
            {
                return message.Content;
            }
        }
    }

    internal JsonObject Ask(string type, JsonObject content, string channel = "shell") => Reply(Send(type, content, channel), channel);

    /// <summary>What is published for a request, up to its "idle".</summary>
    internal List<ClientMessage> Published(string id)
    {
        var messages = new List<ClientMessage>();
        while (true)
        {
            var message = Receive("iopub");
            if (message.ParentId != id)
            {
                continue;
            }

            messages.Add(message);
            if (message.Type == "status" && message.Content["execution_state"]!.GetValue<string>() == "idle")
            {
                return messages;
            }
        }
    }

    /// <summary>Waits for a published message.</summary>
    internal ClientMessage WaitFor(string type, Func<JsonObject, bool>? which = null)
    {
        while (true)
        {
            var message = Receive("iopub");
            if (message.Type == type && (which is null || which(message.Content)))
            {
                return message;
            }
        }
    }

    internal string Start(string code, Action<JsonObject>? change = null)
    {
        var content = new JsonObject { ["code"] = code, ["silent"] = false, ["store_history"] = true, ["user_expressions"] = new JsonObject(), ["allow_stdin"] = true, ["stop_on_error"] = true };
        change?.Invoke(content);
        return Send("execute_request", content);
    }

    /// <summary>Runs a cell to its end.</summary>
    internal (JsonObject Reply, List<ClientMessage> Published) Run(string code, Action<JsonObject>? change = null)
    {
        var id = Start(code, change);
        return (Reply(id), Published(id));
    }

    /// <summary>The text of one stream in what was published.</summary>
    internal static string Stream(IEnumerable<ClientMessage> published, string name) => string.Concat(published
        .Where(message => message.Type == "stream" && message.Content["name"]!.GetValue<string>() == name)
        .Select(message => message.Content["text"]!.GetValue<string>()));

    internal byte[] Sign(byte[][] parts) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(_key, parts.SelectMany(part => part).ToArray())));

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json);

    private static JsonObject Object(byte[] bytes) => JsonNode.Parse(bytes)!.AsObject();
}
