namespace BpfInteractive.Scripting;

/// <summary>The text that is being typed at the prompt, perhaps of several lines, and where the cursor stands in it.</summary>
internal sealed class PromptBuffer
{
    internal string Text { get; private set; } = "";

    /// <summary>In UTF-16 units, never inside a surrogate pair.</summary>
    internal int Cursor { get; private set; }

    internal bool IsOnFirstLine => LineStart(Cursor) == 0;

    internal bool IsOnLastLine => LineEnd(Cursor) == Text.Length;

    /// <summary>The text of the cursor's line before the cursor.</summary>
    internal string BeforeCursor => Text[LineStart(Cursor)..Cursor];

    internal void Set(string text) => (Text, Cursor) = (text, text.Length);

    internal void Insert(string text)
    {
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    /// <summary>Puts a text in the place of what stands between two positions, the cursor behind it.</summary>
    internal void Replace(int start, int end, string text)
    {
        Text = string.Concat(Text.AsSpan(0, start), text, Text.AsSpan(end));
        Cursor = start + text.Length;
    }

    internal void Left() => Cursor = Before(Cursor);

    internal void Right() => Cursor = Behind(Cursor);

    internal void Home() => Cursor = LineStart(Cursor);

    internal void End() => Cursor = LineEnd(Cursor);

    internal void WordLeft() => Cursor = WordStart(Cursor);

    internal void WordRight()
    {
        var at = Cursor;
        while (at < Text.Length && !char.IsLetterOrDigit(Text[at]))
        {
            at++;
        }

        while (at < Text.Length && char.IsLetterOrDigit(Text[at]))
        {
            at++;
        }

        Cursor = at;
    }

    /// <summary>To the same column of the line above, or its end.</summary>
    internal void Up()
    {
        var start = LineStart(Cursor);
        if (start > 0)
        {
            var above = LineStart(start - 1);
            Cursor = Math.Min(above + (Cursor - start), start - 1);
        }
    }

    internal void Down()
    {
        var end = LineEnd(Cursor);
        if (end < Text.Length)
        {
            var column = Cursor - LineStart(Cursor);
            Cursor = Math.Min(end + 1 + column, LineEnd(end + 1));
        }
    }

    internal void DeleteLeft() => Replace(Before(Cursor), Cursor, "");

    internal void DeleteRight()
    {
        var at = Cursor;
        Replace(at, Behind(at), "");
    }

    internal void DeleteWordLeft() => Replace(WordStart(Cursor), Cursor, "");

    internal void DeleteToLineStart() => Replace(LineStart(Cursor), Cursor, "");

    internal void DeleteToLineEnd()
    {
        var at = Cursor;
        Replace(at, LineEnd(at), "");
    }

    private int Before(int at) => at == 0 ? 0 : at > 1 && char.IsSurrogatePair(Text[at - 2], Text[at - 1]) ? at - 2 : at - 1;

    private int Behind(int at) => at == Text.Length ? at : at + 1 < Text.Length && char.IsSurrogatePair(Text[at], Text[at + 1]) ? at + 2 : at + 1;

    private int LineStart(int at) => at == 0 ? 0 : Text.LastIndexOf('\n', at - 1) + 1;

    private int LineEnd(int at) => Text.IndexOf('\n', at) is var end and >= 0 ? end : Text.Length;

    private int WordStart(int at)
    {
        while (at > 0 && !char.IsLetterOrDigit(Text[at - 1]))
        {
            at--;
        }

        while (at > 0 && char.IsLetterOrDigit(Text[at - 1]))
        {
            at--;
        }

        return at;
    }
}
