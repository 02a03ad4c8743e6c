using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>A message of a client whose signature was right.</summary>
internal sealed class Message
{
    /// <summary>The frames before the delimiter: a reply begins with them.</summary>
    internal required byte[][] Route { get; init; }

    /// <summary>The header as it came: a reply and all output carry it as their parent.</summary>
    internal required byte[] Header { get; init; }

    /// <summary>The message's type: "execute_request".</summary>
    internal required string Type { get; init; }

    /// <summary>The message's id.</summary>
    internal required string Id { get; init; }

    internal required JsonElement Content { get; init; }

    internal required JsonElement Metadata { get; init; }

    /// <summary>What follows the content as bytes.</summary>
    internal required byte[][] Buffers { get; init; }
}
