using System.Text.Encodings.Web;
using System.Text.Json;

namespace BpfInteractive.Cli.Output;

/// <summary>A list as JSON of schema 1: { schema, LIST: [ ... ] }, indented, for people read it too, and a line's end.</summary>
internal static class JsonReport
{
    private const int Schema = 1;

    internal static void Write<T>(Stream output, string list, IEnumerable<T> entries, Action<Utf8JsonWriter, T> write)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteStartArray(list);
            foreach (var entry in entries)
            {
                write(json, entry);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }
}
