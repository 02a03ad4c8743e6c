using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>
/// Turns frames into messages and back, as the Jupyter messaging specification 5.4 lays them out: route, delimiter, signature, header, parent header, metadata, content, buffers.
/// Thread-safe.
/// </summary>
internal sealed class MessageFormat(MessageSigner signer, ReplayGuard replays)
{
    /// <summary>The version of the protocol that is spoken.</summary>
    internal const string ProtocolVersion = "5.4";

    private const int SignedFrames = 4;

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 256 };
    private static readonly byte[] s_nothing = [.. "{}"u8];

    private readonly string _session = Guid.NewGuid().ToString("N");
    private long _messages;

    private static ReadOnlySpan<byte> Delimiter => "<IDS|MSG>"u8;

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidDataException">Its signature is wrong, it was seen before, or it is no message at all; one fixed text for each.</exception>
    internal Message Parse(byte[][] frames)
    {
        var at = Array.FindIndex(frames, frame => Delimiter.SequenceEqual(frame));
        if (at < 0 || frames.Length < at + 2 + SignedFrames)
        {
            throw new InvalidDataException("a message with too few frames");
        }

        var signature = frames[at + 1];
        var parts = frames.AsSpan(at + 2, SignedFrames);
        if (!signer.IsRight(signature, parts))
        {
            throw new InvalidDataException("a message with a wrong signature");
        }

        if (!replays.IsNew(signature))
        {
            throw new InvalidDataException("a message that was sent before");
        }

        try
        {
            var header = Object(parts[0]);
            return new Message
            {
                Route = frames[..at],
                Header = parts[0],
                Type = header.GetProperty("msg_type").GetString() ?? "",
                Id = header.GetProperty("msg_id").GetString() ?? "",
                Metadata = Object(parts[2]),
                Content = Object(parts[3]),
                Buffers = frames[(at + 2 + SignedFrames)..],
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException("a signed message that is not what the protocol says", error);
        }
    }

    /// <summary>Makes the frames of a message.</summary>
    /// <param name="route">What stands first: the route of the request, or a topic.</param>
    /// <param name="type">The message's type.</param>
    /// <param name="parent">The header of the request that it belongs to; empty when it belongs to none.</param>
    /// <param name="content">Writes the members of the content.</param>
    /// <param name="metadata">Writes the members of the metadata; null for none.</param>
    /// <param name="buffers">What follows as bytes.</param>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Compose(
        IReadOnlyList<byte[]> route,
        string type,
        byte[] parent,
        Action<Utf8JsonWriter> content,
        Action<Utf8JsonWriter>? metadata = null,
        IReadOnlyList<byte[]>? buffers = null)
    {
        byte[][] signed =
        [
            Json(json => WriteHeader(json, type)),
            parent.Length == 0 ? s_nothing : parent,
            metadata is null ? s_nothing : Json(metadata),
            Json(content),
        ];
        return [.. route.Select(frame => (ReadOnlyMemory<byte>)frame), Delimiter.ToArray(), signer.Sign(signed), .. signed.Select(frame => (ReadOnlyMemory<byte>)frame), .. (buffers ?? []).Select(frame => (ReadOnlyMemory<byte>)frame)];
    }

    private static JsonElement Object(byte[] text)
    {
        using var document = JsonDocument.Parse(text, s_json);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement.Clone()
            : throw new JsonException("not an object");
    }

    private static byte[] Json(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private void WriteHeader(Utf8JsonWriter json, string type)
    {
        json.WriteString("msg_id", string.Create(CultureInfo.InvariantCulture, $"{_session}_{Interlocked.Increment(ref _messages)}"));
        json.WriteString("session", _session);
        json.WriteString("username", "bpfi");
        json.WriteString("date", DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("msg_type", type);
        json.WriteString("version", ProtocolVersion);
    }
}
