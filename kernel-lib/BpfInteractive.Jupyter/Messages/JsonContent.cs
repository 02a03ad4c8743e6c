using System.Text.Json;
using BpfInteractive.Scripting;

namespace BpfInteractive.Jupyter;

/// <summary>What the contents of several messages share.</summary>
internal static class JsonContent
{
    /// <summary>A member that may be absent or of another type than the protocol says, which is then as if absent.</summary>
    internal static string Text(this JsonElement content, string name, string otherwise = "") =>
        content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : otherwise;

    /// <inheritdoc cref="Text"/>
    internal static bool Flag(this JsonElement content, string name, bool otherwise = false) =>
        content.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : otherwise;

    /// <inheritdoc cref="Text"/>
    internal static int? Number(this JsonElement content, string name) =>
        content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    /// <summary>The forms of a value, as the member "data", and empty metadata.</summary>
    internal static void WriteBundle(this Utf8JsonWriter json, MimeBundle bundle)
    {
        json.WriteStartObject("data");
        foreach (var (type, form) in bundle.Data)
        {
            json.WritePropertyName(type);
            if (MimeBundle.IsJson(type) && IsValid(form))
            {
                json.WriteRawValue(form, skipInputValidation: true);
            }
            else
            {
                json.WriteStringValue(form);
            }
        }

        json.WriteEndObject();
        json.WriteStartObject("metadata");
        json.WriteEndObject();
    }

    /// <summary>What an error says: the members that an error, and a reply about one, have.</summary>
    internal static void WriteError(this Utf8JsonWriter json, string name, string message, IEnumerable<string> lines)
    {
        json.WriteString("ename", name);
        json.WriteString("evalue", message);
        json.WriteStartArray("traceback");
        foreach (var line in lines)
        {
            json.WriteStringValue(line);
        }

        json.WriteEndArray();
    }

    /// <summary>A user's formatter may have written anything; it must not break the message.</summary>
    private static bool IsValid(string form)
    {
        try
        {
            using var document = JsonDocument.Parse(form, new JsonDocumentOptions { MaxDepth = 512 });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
