namespace BpfInteractive.Jupyter;

/// <summary>The protocol counts a cursor in Unicode code points, C# in UTF-16 units.</summary>
internal static class CodePoints
{
    /// <summary>The UTF-16 position of a code point; the end of the text when there are fewer.</summary>
    internal static int ToUtf16(string text, int codePoints)
    {
        var at = 0;
        for (; codePoints > 0 && at < text.Length; codePoints--)
        {
            at += IsPair(text, at) ? 2 : 1;
        }

        return at;
    }

    /// <summary>The number of code points before a UTF-16 position.</summary>
    internal static int FromUtf16(string text, int position)
    {
        var count = 0;
        for (var at = 0; at < position; count++)
        {
            at += IsPair(text, at) ? 2 : 1;
        }

        return count;
    }

    private static bool IsPair(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);
}
