using System.Text.Json;

namespace BpfInteractive.Cli.Output;

/// <summary>doctor's report as JSON. Schema 1: { schema, features: [ { name, category, available, optional, purpose, value, reason, remedy, since, errno } ] }.</summary>
internal static class DoctorJson
{
    internal static void Write(Stream output, IReadOnlyList<FeatureState> states) => JsonReport.Write(output, "features", states, Write);

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
