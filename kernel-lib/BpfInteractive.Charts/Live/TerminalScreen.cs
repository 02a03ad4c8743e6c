using System.Text;

namespace BpfInteractive.Charts;

/// <summary>Frames over each other in a terminal: each begins where the one before began. Lines are cut at the terminal's width, since a line that wraps could not be counted.</summary>
internal sealed class TerminalScreen : ILiveScreen
{
    private readonly TextWriter _output;
    private readonly Func<int> _width;
    private int _lines;

    internal TerminalScreen(TextWriter output, Func<int> width, LiveFrame first)
    {
        (_output, _width) = (output, width);
        Update(first);
    }

    public void Update(LiveFrame frame)
    {
        var text = Over(_lines, frame.Text, _width());
        _lines = frame.Text.Count(character => character == '\n') + 1;
        _output.Write(text);
        _output.Flush();
    }

    public void End(LiveFrame last) => Update(last);

    internal static int ConsoleWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    /// <summary>What a terminal is sent to show lines over those that were there: up, each line to its end, the rest of the screen empty.</summary>
    internal static string Over(int lines, string text, int width)
    {
        var sent = new StringBuilder(lines > 0 ? FormattableString.Invariant($"\x1b[{lines}F") : "");
        foreach (var line in text.Split('\n'))
        {
            sent.Append(line.Length < width ? line : line[..(width - 1)]).Append("\x1b[K\n");
        }

        return sent.Append(lines > 0 ? "\x1b[J" : "").ToString();
    }
}
