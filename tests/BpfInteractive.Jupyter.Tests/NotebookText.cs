using System.Text.Json.Nodes;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>Notebook files of our kernel, and what their cells said.</summary>
internal static class NotebookText
{
    internal static string Of(params string[] cells) => new JsonObject
    {
        ["nbformat"] = 4,
        ["nbformat_minor"] = 4, // later ones have ids of cells, and the classic Notebook gives each cell that has none another at every start
        ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["name"] = "bpfi", ["display_name"] = "BpfInteractive (C#)", ["language"] = "csharp" } },
        ["cells"] = new JsonArray([.. cells.Select(code => new JsonObject
        {
            ["cell_type"] = "code", ["metadata"] = new JsonObject(), ["execution_count"] = null, ["outputs"] = new JsonArray(), ["source"] = code,
        })]),
    }.ToJsonString();

    /// <summary>The text that a cell wrote.</summary>
    internal static string Said(JsonNode cell) => string.Concat(cell["outputs"]!.AsArray()
        .Where(output => output!["output_type"]!.GetValue<string>() == "stream")
        .Select(output => output!["text"] is JsonArray lines ? string.Concat(lines.Select(line => line!.GetValue<string>())) : output["text"]!.GetValue<string>()));
}
