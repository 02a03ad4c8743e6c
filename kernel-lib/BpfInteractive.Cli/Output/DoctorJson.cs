using System.Text.Json;

namespace BpfInteractive.Cli.Output;

/// <summary>doctor's report as JSON. Schema 1: { schema, features: [ { name, category, available, optional, purpose, value, reason, remedy, since, errno } ] }.</summary>
internal static class DoctorJson
{
    private const int Schema = 1;

    internal static void Write(Stream output, IReadOnlyList<FeatureState> states)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteStartArray("features");
            foreach (var state in states)
            {
                Write(json, state);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, FeatureState state)
    {
        json.WriteStartObject();
        json.WriteString("name", state.Name);
        json.WriteString("category", state.Category.ToString().ToLowerInvariant());
        json.WriteBoolean("available", state.Available);
        json.WriteBoolean("optional", state.Optional);
        json.WriteString("purpose", state.Purpose);
        json.WriteString("value", state.Value);
        json.WriteString("reason", state.Reason);
        json.WriteString("remedy", state.Remedy);
        json.WriteString("since", state.Since);
        json.WriteNumber("errno", state.Errno);
        json.WriteEndObject();
    }
}
