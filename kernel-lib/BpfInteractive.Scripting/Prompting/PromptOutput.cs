using System.Text;
using BpfInteractive.Charts;

namespace BpfInteractive.Scripting;

/// <summary>What the cells of a prompt show, as text.</summary>
/// <param name="input">Who is asked.</param>
/// <param name="output">Standard output.</param>
/// <param name="errors">Standard error.</param>
/// <param name="isTerminal">Whether a person sits in front.</param>
internal sealed class PromptOutput(TextReader input, TextWriter output, TextWriter errors, bool isTerminal) : ICellOutput
{
    private readonly object _gate = new();
    private bool _isMidLine;
    private long _written;
    private (string? Id, int Lines, long Written) _shown;

    public void Write(CellStream stream, string text)
    {
        lock (_gate)
        {
            (stream == CellStream.Output ? output : errors).Write(text);
            _written++;
            _isMidLine = text.Length > 0 ? !text.EndsWith('\n') : _isMidLine;
        }
    }

    public void Result(MimeBundle bundle) => WriteLine(bundle);

    /// <summary>What changes is written over, as long as nothing else was written since; otherwise below.</summary>
    public void Display(MimeBundle bundle, string displayId, bool isUpdate)
    {
        lock (_gate)
        {
            var text = bundle.PlainText.TrimEnd('\n');
            if (!isTerminal)
            {
                WriteLine(bundle);
                return;
            }

            EndLine();
            var isOver = isUpdate && _shown.Id == displayId && _shown.Written == _written;
            output.Write(TerminalScreen.Over(isOver ? _shown.Lines : 0, text, TerminalScreen.ConsoleWidth()));
            _shown = (displayId, text.Count(static character => character == '\n') + 1, _written);
        }
    }

    public CellLiveForm LiveForm => isTerminal ? CellLiveForm.InPlace : CellLiveForm.LastOnly;

    public bool IsWatched => isTerminal;

    public void Clear(bool wait)
    {
        if (isTerminal && !wait)
        {
            Write(CellStream.Output, "\x1b[H\x1b[2J");
        }
    }

    public void Page(MimeBundle bundle) => WriteLine(bundle);

    public string? ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken)
    {
        Write(CellStream.Output, prompt);
        if (!isPassword || !isTerminal)
        {
            return input.ReadLine();
        }

        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            _ = key.Key == ConsoleKey.Backspace ? typed.Remove(Math.Max(0, typed.Length - 1), Math.Min(1, typed.Length)) : typed.Append(key.KeyChar);
        }

        Write(CellStream.Output, "\n");
        return typed.ToString();
    }

    public bool NeedsPlotly() => false;

    /// <summary>The next prompt begins a line of its own.</summary>
    internal void EndLine()
    {
        lock (_gate)
        {
            if (_isMidLine)
            {
                output.WriteLine();
                _isMidLine = false;
            }
        }
    }

    private void WriteLine(MimeBundle bundle)
    {
        EndLine();
        Write(CellStream.Output, bundle.PlainText.TrimEnd('\n') + "\n");
    }
}
