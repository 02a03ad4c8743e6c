namespace BpfInteractive.Scripting;

/// <summary>
/// One thing in several forms, by MIME type; a front end shows the richest that it can. Forms whose type ends in <c>json</c> hold JSON text, all others text as it is.
/// </summary>
/// <param name="Data">The forms. <c>text/plain</c> is there for every front end.</param>
public sealed record MimeBundle(IReadOnlyDictionary<string, string> Data)
{
    /// <summary>The type of plain text.</summary>
    public const string PlainType = "text/plain";

    /// <summary>The type of an HTML fragment.</summary>
    public const string HtmlType = "text/html";

    /// <summary>The plain text, for consoles; empty when there is none.</summary>
    public string PlainText => Data.GetValueOrDefault(PlainType, "");

    /// <summary>Plain text alone.</summary>
    public static MimeBundle Plain(string text) => new(new Dictionary<string, string> { [PlainType] = text });

    /// <summary>An HTML fragment, and what stands for it where there is no HTML.</summary>
    public static MimeBundle Html(string html, string plain) => new(new Dictionary<string, string> { [PlainType] = plain, [HtmlType] = html });

    /// <summary>One form of a type, with plain text beside it.</summary>
    public static MimeBundle Of(string mimeType, string content, string plain = "") =>
        mimeType == PlainType ? Plain(content) : new(new Dictionary<string, string> { [PlainType] = plain, [mimeType] = content });

    /// <summary>True for the types whose content is JSON.</summary>
    public static bool IsJson(string mimeType)
    {
        ArgumentNullException.ThrowIfNull(mimeType);
        return mimeType == "application/json" || mimeType.EndsWith("+json", StringComparison.Ordinal);
    }
}
