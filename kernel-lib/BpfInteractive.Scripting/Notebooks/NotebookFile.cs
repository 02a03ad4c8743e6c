using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BpfInteractive.Scripting;

/// <summary>One cell of a notebook file.</summary>
/// <param name="Kind">"code" or "markdown".</param>
/// <param name="Text">Its text; a cell in another language begins with that language's magic line.</param>
public sealed record NotebookCell(string Kind, string Text)
{
    /// <summary>Words for tools: "parameters". In text files they stand in a comment at the cell's beginning: <c>// tags: parameters</c>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The how-manieth cell to run it was; null when it did not run.</summary>
    public int? ExecutionCount { get; init; }

    /// <summary>What it showed.</summary>
    public IReadOnlyList<NotebookOutput> Outputs { get; init; } = [];

    /// <summary>Whether it runs.</summary>
    public bool IsCode => Kind == "code";
}

/// <summary>The cells of a file: <c>.ipynb</c>, <c>.dib</c>, or a script, which is one cell.</summary>
/// <param name="Cells">The cells in their order.</param>
public sealed partial record NotebookFile(IReadOnlyList<NotebookCell> Cells)
{
    /// <summary>The texts of the cells that run.</summary>
    public IEnumerable<string> CodeCells => Cells.Where(cell => cell.IsCode).Select(cell => cell.Text);

    /// <summary>Reads a file by what its name ends in.</summary>
    /// <exception cref="InvalidDataException">The file is not what its name says.</exception>
    public static NotebookFile Read(string path)
    {
        var text = File.ReadAllText(path);
        return Path.GetExtension(path) switch
        {
            ".ipynb" => FromJupyter(text, path),
            ".dib" => FromDib(text),
            _ => new NotebookFile([CodeCell(text)]),
        };
    }

    /// <summary>Reads the text of an <c>.ipynb</c> file, format 4.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="name">What errors call it.</param>
    public static NotebookFile FromJupyter(string text, string name = "the notebook")
    {
        try
        {
            var root = JsonNode.Parse(text) as JsonObject;
            if (root?["nbformat"]?.GetValue<int>() != 4 || root["cells"] is not JsonArray cells)
            {
                throw new InvalidDataException($"cannot read {name}: it is no notebook of format 4");
            }

            return new NotebookFile([.. cells.OfType<JsonObject>().Select(JupyterFormat.ReadCell)]);
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"cannot read {name}: {error.Message}", error);
        }
    }

    /// <summary>The text of an <c>.ipynb</c> file, format 4.5, for the kernel <c>bpfi</c>, with what the cells showed.</summary>
    public string ToJupyter() => JupyterFormat.Write(this);

    /// <summary>Reads the text of a <c>.dib</c> file: cells begin with <c>#!language</c> alone on a line; with options behind it (<c>#!bpf --name x</c>), the line is the cell's first.</summary>
    public static NotebookFile FromDib(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var cells = new List<NotebookCell>();
        var language = "csharp";
        var body = new StringBuilder();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("#!", StringComparison.Ordinal) && line[2..].TrimEnd() is ("csharp" or "markdown" or "html" or "sql" or "bpf" or "meta" or "value"))
            {
                Add(cells, language, body);
                language = line[2..].TrimEnd();
            }
            else if (line.StartsWith("#!bpf ", StringComparison.Ordinal) || line.StartsWith("#!sql ", StringComparison.Ordinal))
            {
                Add(cells, language, body);
                language = "csharp";
                body.Append(line).Append('\n');
            }
            else
            {
                body.Append(line).Append('\n');
            }
        }

        Add(cells, language, body);
        return new NotebookFile(cells);
    }

    private static void Add(List<NotebookCell> cells, string language, StringBuilder body)
    {
        var text = body.ToString().Trim('\n');
        body.Clear();
        if (text.Length == 0 || language == "meta")
        {
            return;
        }

        cells.Add(language switch
        {
            "markdown" => new NotebookCell("markdown", text),
            "csharp" => CodeCell(text),
            _ => CodeCell($"#!{language}\n{text}"),
        });
    }

    private static NotebookCell CodeCell(string text) => new("code", text)
    {
        Tags = TagComment().Match(text) is { Success: true } match ? match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [],
    };

    [GeneratedRegex(@"\A(?:\s*#!.*\n)?\s*// tags:(.*)")]
    private static partial Regex TagComment();
}
