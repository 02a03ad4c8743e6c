using System.Text.RegularExpressions;

namespace BpfInteractive.Scripting;

/// <summary>What a stretch of source text is, for colours.</summary>
public enum SourceColor
{
    /// <summary>Names, operators, space.</summary>
    Plain,

    /// <summary>A word of the language.</summary>
    Keyword,

    /// <summary>A string or a character.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A comment.</summary>
    Comment,

    /// <summary>A line for the session or the preprocessor: <c>#!bpf</c>, <c>#r</c>, <c>#include</c>.</summary>
    Directive,
}

/// <summary>Colours for the text of cells, C# and C alike. By patterns, not by a parser: it is right for what is half typed, and wrong only inside interpolations.</summary>
public static partial class SourceColors
{
    /// <summary>The stretches of a text in their order; together they are the text.</summary>
    public static IEnumerable<(string Text, SourceColor Color)> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = 0;
        foreach (Match match in Token().Matches(text))
        {
            var color = ColorOf(match);
            if (color == SourceColor.Plain)
            {
                continue;
            }

            if (match.Index > at)
            {
                yield return (text[at..match.Index], SourceColor.Plain);
            }

            yield return (match.Value, color);
            at = match.Index + match.Length;
        }

        if (at < text.Length)
        {
            yield return (text[at..], SourceColor.Plain);
        }
    }

    private static SourceColor ColorOf(Match match) => true switch
    {
        _ when match.Groups["comment"].Success => SourceColor.Comment,
        _ when match.Groups["directive"].Success => SourceColor.Directive,
        _ when match.Groups["text"].Success => SourceColor.Text,
        _ when match.Groups["number"].Success => SourceColor.Number,
        _ when s_keywords.Contains(match.Value) => SourceColor.Keyword,
        _ => SourceColor.Plain,
    };

    private static readonly HashSet<string> s_keywords = new(
        ("abstract as async await base bool break byte case catch char class const continue decimal default delegate do double else enum extern false finally float for foreach "
        + "get goto if implicit in int interface internal is lock long namespace new null object operator or out override params private protected public readonly record ref return "
        + "sbyte sealed set short sizeof static string struct switch this throw true try typeof uint ulong unchecked union unsafe unsigned ushort using var virtual void volatile when where "
        + "while with yield signed typedef inline u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 size_t pid_t SEC").Split(' '),
        StringComparer.Ordinal);

    [GeneratedRegex(
        """""(?<comment>//[^\n]*|/\*(?s:.*?)(?:\*/|\z))|(?<text>\$*"""(?s:.*?)(?:"""|\z)|[$@]{0,2}@[$@]?"(?:[^"]|"")*(?:"|\z)|\$?"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])+')|(?<directive>(?m:^)[ \t]*#[^\n]*)|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_]\w*)""""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
