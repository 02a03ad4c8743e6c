using System.Text;

namespace BpfInteractive.Scripting;

/// <summary>Draws the text being typed, in colours, over as many rows of the terminal as it needs, with a list of candidates under it.</summary>
/// <param name="output">The terminal.</param>
/// <param name="hasColor">Whether colours are wanted there.</param>
/// <param name="width">Gives the terminal's width.</param>
internal sealed class PromptScreen(TextWriter output, bool hasColor, Func<int> width)
{
    private const int MostCandidateRows = 8;

    /// <summary>The row of the cursor, counted from the prompt's first.</summary>
    private int _cursorRow;

    /// <summary>Asks the terminal to mark what is pasted.</summary>
    internal void Start() => output.Write("\x1b[?2004h");

    /// <summary>Draws in the place of what was drawn before.</summary>
    /// <param name="prompt">What stands before the first line; the others are indented as far.</param>
    /// <param name="buffer">The text and the cursor.</param>
    /// <param name="candidates">What stands under it.</param>
    internal void Draw(string prompt, PromptBuffer buffer, IReadOnlyList<string> candidates)
    {
        var columns = Math.Max(prompt.Length + 10, width());
        var text = new StringBuilder();
        text.Append(_cursorRow > 0 ? $"\x1b[{_cursorRow}A" : "").Append("\r\x1b[J");
        text.Append(Paint(prompt, "1;34")).Append(Colored(buffer.Text, prompt.Length));
        var (row, column) = PlaceOf(buffer.Text, buffer.Cursor, prompt.Length, columns);
        var (lastRow, lastColumn) = PlaceOf(buffer.Text, buffer.Text.Length, prompt.Length, columns);
        if (lastColumn == 0 && lastRow > 0 && !buffer.Text.EndsWith('\n'))
        {
            text.Append(" \r"); // A full row: the terminal goes to the next only for another letter.
        }

        foreach (var line in Listed(candidates, columns))
        {
            text.Append("\r\n").Append(Paint(line, "2"));
            lastRow++;
        }

        text.Append(lastRow > row ? $"\x1b[{lastRow - row}A" : "").Append('\r').Append(column > 0 ? $"\x1b[{column}C" : "");
        _cursorRow = row;
        output.Write(text.ToString());
        output.Flush();
    }

    /// <summary>Leaves what was typed on the screen; the next line is free.</summary>
    internal void Finish(string prompt, PromptBuffer buffer)
    {
        buffer.Set(buffer.Text); // The cursor goes to the end.
        Draw(prompt, buffer, []);
        output.Write("\x1b[?2004l\r\n");
        output.Flush();
        _cursorRow = 0;
    }

    internal void Clear()
    {
        output.Write("\x1b[H\x1b[2J");
        _cursorRow = 0;
    }

    /// <summary>The row and column of a position, where rows are <paramref name="columns"/> wide and each line is indented.</summary>
    internal static (int Row, int Column) PlaceOf(string text, int position, int indent, int columns)
    {
        var (row, column) = (0, indent);
        for (var at = 0; at < position; at++)
        {
            if (text[at] == '\n')
            {
                (row, column) = (row + 1, indent);
            }
            else if (!char.IsLowSurrogate(text[at]) && ++column == columns)
            {
                (row, column) = (row + 1, 0);
            }
        }

        return (row, column);
    }

    private string Colored(string text, int indent)
    {
        var margin = "\r\n" + new string(' ', indent);
        return string.Concat(SourceColors.Of(text).Select(part => Paint(part.Text.Replace("\n", margin, StringComparison.Ordinal).Replace("\t", " ", StringComparison.Ordinal), CodeOf(part.Color))));
    }

    private string Paint(string text, string code) => hasColor && code.Length > 0 ? $"\x1b[{code}m{text}\x1b[0m" : text;

    private static string CodeOf(SourceColor color) => color switch
    {
        SourceColor.Keyword => "35",
        SourceColor.Text => "32",
        SourceColor.Number => "33",
        SourceColor.Comment => "2;3",
        SourceColor.Directive => "36",
        _ => "",
    };

    /// <summary>Candidates in columns, as a shell lists files.</summary>
    private static IEnumerable<string> Listed(IReadOnlyList<string> candidates, int columns)
    {
        if (candidates.Count == 0)
        {
            yield break;
        }

        var cell = Math.Min(columns - 1, candidates.Max(static candidate => candidate.Length) + 2);
        var perRow = Math.Max(1, (columns - 1) / cell);
        var shown = Math.Min(candidates.Count, perRow * MostCandidateRows);
        foreach (var row in candidates.Take(shown).Chunk(perRow))
        {
            yield return string.Concat(row.Select(candidate => (candidate.Length < cell ? candidate : candidate[..(cell - 2)] + "…").PadRight(cell))).TrimEnd();
        }

        if (shown < candidates.Count)
        {
            yield return FormattableString.Invariant($"… {candidates.Count - shown} more");
        }
    }
}
