using System.Net;

namespace BpfInteractive.Charts;

/// <summary>The frame of every HTML file that is written: a title, a style, what else the head holds, and the body.</summary>
internal static class HtmlDocument
{
    /// <summary>A whole document.</summary>
    /// <param name="title">Plain text.</param>
    /// <param name="style">CSS.</param>
    /// <param name="body">Markup.</param>
    /// <param name="head">Markup behind the style, such as a script.</param>
    internal static string Of(string title, string style, string body, string head = "") => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{WebUtility.HtmlEncode(title)}</title>
        <style>
        {style}
        </style>
        {head}
        </head>
        <body>
        {body}
        </body>
        </html>

        """;
}
