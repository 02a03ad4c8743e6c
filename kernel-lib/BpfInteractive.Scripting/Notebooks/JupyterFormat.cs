using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BpfInteractive.Scripting;

/// <summary>Cells as the JSON of <c>.ipynb</c> files (nbformat 4.5), and back.</summary>
internal static class JupyterFormat
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Write(NotebookFile file)
    {
        var root = new JsonObject
        {
            ["cells"] = new JsonArray([.. file.Cells.Select((cell, at) => (JsonNode)Cell(cell, at + 1))]),
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = "C# and BPF", ["language"] = "C#", ["name"] = "bpfi" },
                ["language_info"] = new JsonObject { ["name"] = "C#", ["file_extension"] = ".cs", ["mimetype"] = "text/x-csharp" },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        return root.ToJsonString(s_indented) + "\n";
    }

    internal static NotebookCell ReadCell(JsonObject cell) => new((string?)cell["cell_type"] ?? "code", TextOf(cell["source"]))
    {
        Tags = (cell["metadata"] as JsonObject)?["tags"] is JsonArray tags ? [.. tags.Select(tag => (string?)tag ?? "")] : [],
        ExecutionCount = (int?)cell["execution_count"],
        Outputs = cell["outputs"] is JsonArray outputs ? [.. outputs.OfType<JsonObject>().Select(ReadOutput)] : [],
    };

    private static JsonObject Cell(NotebookCell cell, int number)
    {
        var json = new JsonObject
        {
            ["cell_type"] = cell.Kind,
            ["id"] = string.Create(CultureInfo.InvariantCulture, $"cell-{number}"),
            ["metadata"] = cell.Tags.Count > 0 ? new JsonObject { ["tags"] = new JsonArray([.. cell.Tags.Select(tag => (JsonNode)tag)]) } : [],
            ["source"] = Lines(cell.Text),
        };
        if (cell.IsCode)
        {
            json["execution_count"] = cell.ExecutionCount;
            json["outputs"] = new JsonArray([.. cell.Outputs.Select(output => (JsonNode)Output(output, cell.ExecutionCount))]);
        }

        return json;
    }

    private static JsonObject Output(NotebookOutput output, int? count)
    {
        var json = new JsonObject { ["output_type"] = output.Kind };
        switch (output.Kind)
        {
            case "stream":
                json["name"] = output.Name;
                json["text"] = Lines(output.Data.PlainText);
                break;
            case "error":
                json["ename"] = output.Name;
                json["evalue"] = output.Data.PlainText.Split('\n')[0];
                json["traceback"] = Lines(output.Data.PlainText);
                break;
            default:
                json["data"] = new JsonObject(output.Data.Data.Select(form => KeyValuePair.Create(form.Key, MimeBundle.IsJson(form.Key) ? JsonNode.Parse(form.Value) : Lines(form.Value))));
                json["metadata"] = new JsonObject();
                break;
        }

        if (output.Kind == "execute_result")
        {
            json["execution_count"] = count;
        }

        return json;
    }

    private static NotebookOutput ReadOutput(JsonObject json) => (string?)json["output_type"] switch
    {
        "stream" => new("stream", (string?)json["name"] ?? "stdout", MimeBundle.Plain(TextOf(json["text"]))),
        "error" => new("error", (string?)json["ename"] ?? "", MimeBundle.Plain((string?)json["evalue"] ?? "")),
        var kind => new(
            kind ?? "display_data",
            "",
            new MimeBundle((json["data"] as JsonObject ?? []).ToDictionary(form => form.Key, form => MimeBundle.IsJson(form.Key) ? form.Value?.ToJsonString() ?? "" : TextOf(form.Value)))),
    };

    /// <summary>Text as a list of its lines, which is what changes line by line in a version control system.</summary>
    private static JsonArray Lines(string text)
    {
        var lines = new JsonArray();
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            lines.Add((JsonNode)text[at..end]);
            at = end;
        }

        return lines;
    }

    private static string TextOf(JsonNode? text) => text is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)text ?? "";
}
