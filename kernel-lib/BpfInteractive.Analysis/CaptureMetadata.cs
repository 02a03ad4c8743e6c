using System.Globalization;
using System.Text;
using System.Text.Json;

namespace BpfInteractive.Analysis;

/// <summary>
/// What travels with a capture into a file that has room for keys and values (Parquet, Arrow): the schema version, the capture's name, what was lost, what the numbers mean.
/// </summary>
internal static class CaptureMetadata
{
    /// <summary>Raised when a reader of the old version would misread the new one.</summary>
    internal const int SchemaVersion = 1;

    private const string Version = "bpfinteractive.schema";
    private const string Name = "bpfinteractive.name";
    private const string LossesKey = "bpfinteractive.losses";
    private const string Formats = "bpfinteractive.formats";

    internal static Dictionary<string, string> Of(Columns columns)
    {
        var metadata = new Dictionary<string, string>
        {
            [Version] = SchemaVersion.ToString(CultureInfo.InvariantCulture),
            [Name] = columns.Name,
            [Formats] = Json(json => WriteFormats(json, columns)),
        };
        if (!columns.Losses.IsEmpty)
        {
            metadata[LossesKey] = Json(json => WriteLosses(json, columns.Losses));
        }

        return metadata;
    }

    internal static string NameFrom(IReadOnlyDictionary<string, string> metadata, string otherwise) => metadata.GetValueOrDefault(Name, otherwise);

    internal static Losses LossesFrom(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(LossesKey, out var text))
        {
            return Losses.None;
        }

        using var document = JsonDocument.Parse(text);
        return Losses.Of(document.RootElement.EnumerateArray().Select(loss => new Loss(
            loss.GetProperty("name").GetString()!,
            loss.GetProperty("text").GetString()!,
            loss.GetProperty("count").GetInt64(),
            loss.TryGetProperty("perCpu", out var cpus) ? [.. cpus.EnumerateArray().Select(cpu => cpu.GetInt64())] : null)).ToList());
    }

    internal static IReadOnlyDictionary<string, ColumnFormat> FormatsFrom(IReadOnlyDictionary<string, string> metadata)
    {
        var formats = new Dictionary<string, ColumnFormat>();
        if (metadata.TryGetValue(Formats, out var text))
        {
            using var document = JsonDocument.Parse(text);
            foreach (var entry in document.RootElement.EnumerateObject())
            {
                // A format that this version does not know is none.
                formats[entry.Name] = Enum.TryParse<ColumnFormat>(entry.Value.GetString(), out var format) ? format : ColumnFormat.None;
            }
        }

        return formats;
    }

    /// <summary>The losses with their texts, as a JSON array.</summary>
    internal static void WriteLosses(Utf8JsonWriter json, Losses losses)
    {
        json.WriteStartArray();
        foreach (var loss in losses)
        {
            json.WriteStartObject();
            json.WriteString("name", loss.Name);
            json.WriteString("text", loss.Text);
            json.WriteNumber("count", loss.Count);
            if (loss.PerCpu is { } perCpu)
            {
                json.WriteStartArray("perCpu");
                foreach (var count in perCpu)
                {
                    json.WriteNumberValue(count);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFormats(Utf8JsonWriter json, Columns columns)
    {
        json.WriteStartObject();
        foreach (var column in columns.Where(column => column.Format != ColumnFormat.None))
        {
            json.WriteString(column.Name, column.Format.ToString());
        }

        json.WriteEndObject();
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
