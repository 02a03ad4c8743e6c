using System.Globalization;
using System.Net;
using System.Text;
using BpfInteractive.Charts;
using Markdig;

namespace BpfInteractive.Scripting;

/// <summary>A notebook that ran, as one HTML file that opens without a network.</summary>
public static class NotebookPage
{
    private static readonly MarkdownPipeline s_markdown = new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers().Build();

    /// <summary>The forms that a browser shows, best first. What a chart's figure holds, its HTML draws.</summary>
    private static readonly string[] s_forms = [MimeBundle.HtmlType, "image/svg+xml", "image/png", "image/jpeg", "text/markdown", MimeBundle.PlainType];

    /// <summary>The page's text.</summary>
    /// <param name="notebook">Its cells with what they showed.</param>
    /// <param name="title">The page's title; null for its first heading.</param>
    public static string Of(NotebookFile notebook, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(notebook);
        title ??= notebook.Cells.SelectMany(static cell => cell.IsCode ? [] : cell.Text.Split('\n')).FirstOrDefault(static line => line.StartsWith("# ", StringComparison.Ordinal))?[2..].Trim() ?? "Notebook";
        var body = new StringBuilder();
        foreach (var cell in notebook.Cells)
        {
            Append(body, cell);
        }

        return HtmlDocument.Of(title, $"{PageStyle.Css}\n{Css}", $"<main>\n{body}\n</main>");
    }

    private static void Append(StringBuilder body, NotebookCell cell)
    {
        if (!cell.IsCode)
        {
            body.Append("<section class=\"prose\">").Append(Markdown.ToHtml(cell.Text, s_markdown)).Append("</section>\n");
            return;
        }

        var number = cell.ExecutionCount?.ToString(CultureInfo.InvariantCulture) ?? " ";
        body.Append(CultureInfo.InvariantCulture, $"<section class=\"cell\"><div class=\"count\">[{number}]</div><pre class=\"source\"><code>{Colored(cell.Text)}</code></pre>\n");
        foreach (var output in cell.Outputs)
        {
            body.Append("<div class=\"output\">").Append(OutputOf(output)).Append("</div>\n");
        }

        body.Append("</section>\n");
    }

    private static string OutputOf(NotebookOutput output) => output.Kind switch
    {
        "stream" => $"<pre class=\"{output.Name}\">{WebUtility.HtmlEncode(output.Data.PlainText)}</pre>",
        "error" => $"<pre class=\"error\">{WebUtility.HtmlEncode($"{output.Name}: {output.Data.PlainText}")}</pre>",
        _ => Rich(output.Data),
    };

    private static string Rich(MimeBundle bundle)
    {
        var form = s_forms.FirstOrDefault(form => bundle.Data.TryGetValue(form, out var content) && content.Length > 0) ?? MimeBundle.PlainType;
        var content = bundle.Data.GetValueOrDefault(form, "");
        return form switch
        {
            MimeBundle.HtmlType or "image/svg+xml" => content,
            "text/markdown" => Markdown.ToHtml(content, s_markdown),
            "image/png" or "image/jpeg" => $"<img src=\"data:{form};base64,{content.ReplaceLineEndings("")}\" alt=\"{WebUtility.HtmlEncode(bundle.PlainText)}\">",
            _ => $"<pre>{WebUtility.HtmlEncode(content)}</pre>",
        };
    }

    private static string Colored(string source) => string.Concat(SourceColors.Of(source).Select(static part =>
        part.Color == SourceColor.Plain ? WebUtility.HtmlEncode(part.Text) : $"<span class=\"{ClassOf(part.Color)}\">{WebUtility.HtmlEncode(part.Text)}</span>"));

    private static string ClassOf(SourceColor color) => color switch
    {
        SourceColor.Keyword => "k",
        SourceColor.Text => "s",
        SourceColor.Number => "d",
        SourceColor.Comment => "c",
        _ => "m",
    };

    private const string Css = """
        .prose h1:first-child { margin-top: 8px; }
        .cell { position: relative; margin: 14px 0 20px; }
        .cell .count { position: absolute; left: -22px; top: 12px; color: #8a8f98; font: 11px ui-monospace, "DejaVu Sans Mono", monospace; transform: translateX(-60%); }
        .cell .source { margin: 0; border-left: 3px solid #4c78a8; font-size: 14px; }
        .source .k { color: #7a3e9d; } .source .s { color: #0a6b3d; } .source .d { color: #8a4b08; } .source .c { color: #6b7280; font-style: italic; } .source .m { color: #1f5fa8; }
        .output { margin: 6px 0 0 14px; overflow-x: auto; }
        .output pre { margin: 0; border: 0; background: none; padding: 4px 0; font-size: 13px; }
        .output pre.stderr { background: #fff6e9; padding: 6px 10px; } .output pre.error { color: #a33f00; background: #fff1ec; padding: 8px 10px; }
        .output img { max-width: 100%; }
        """;
}
