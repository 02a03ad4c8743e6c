using System.Text.Json;
using BpfInteractive.Cli.Checking;

namespace BpfInteractive.Cli.Output;

/// <summary>
/// check's report as JSON. Schema 1: { schema, files: [ { file, compiled, programs: [ { name, section, loaded, error, log, notes } ],
/// diagnostics: [ { file, line, column, severity, message, source } ] } ] }. Line and column are 0 where they are not known.
/// </summary>
internal static class CheckJson
{
    internal static void Write(Stream output, IReadOnlyList<FileCheck> checks) => JsonReport.Write(output, "files", checks, Write);

    private static void Write(Utf8JsonWriter json, FileCheck check)
    {
        json.WriteStartObject();
        json.WriteString("file", check.File);
        json.WriteBoolean("compiled", check.Compiled);
        json.WriteStartArray("programs");
        foreach (var program in check.Programs)
        {
            json.WriteStartObject();
            json.WriteString("name", program.Name);
            json.WriteString("section", program.Section);
            json.WriteBoolean("loaded", program.Loaded);
            json.WriteString("error", program.Error);
            json.WriteString("log", program.Log);
            json.WriteStartArray("notes");
            foreach (var note in program.Notes)
            {
                json.WriteStringValue(note);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("diagnostics");
        foreach (var finding in check.Diagnostics)
        {
            json.WriteStartObject();
            json.WriteString("file", finding.File);
            json.WriteNumber("line", finding.Line);
            json.WriteNumber("column", finding.Column);
            json.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
            json.WriteString("message", finding.Message);
            json.WriteString("source", finding.SourceLine);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
