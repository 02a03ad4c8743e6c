namespace BpfInteractive.Scripting;

/// <summary>
/// Reads a cell from a terminal, key by key. Enter runs a text that is complete and begins a new line in one that is not; Alt-Enter always begins one. Tab completes, the arrows
/// move and, at the first and last line, go through the history.
/// </summary>
/// <param name="keys">Gives the next key.</param>
/// <param name="hasMore">Whether more keys wait already.</param>
/// <param name="screen">Where it is drawn.</param>
/// <param name="history">What was typed before.</param>
/// <param name="isComplete">Whether a text can be run, and how the next line begins if not.</param>
/// <param name="complete">What could stand at a position.</param>
internal sealed class PromptEditor(
    Func<ConsoleKeyInfo> keys,
    Func<bool> hasMore,
    PromptScreen screen,
    PromptHistory history,
    Func<string, CellCompleteness> isComplete,
    Func<string, int, CompletionAnswer> complete)
{
    private readonly PromptBuffer _buffer = new();
    private IReadOnlyList<string> _candidates = [];
    private bool _isPasting;

    /// <summary>Reads one cell.</summary>
    /// <returns>Its text; null at the end of input (Ctrl-D at an empty prompt).</returns>
    internal string? Read(string prompt)
    {
        _buffer.Set("");
        (_candidates, _isPasting) = ([], false);
        screen.Start();
        while (true)
        {
            if (!_isPasting || !hasMore())
            {
                screen.Draw(prompt, _buffer, _candidates);
            }

            var key = keys();
            _candidates = [];
            switch (Handle(key))
            {
                case Outcome.Run:
                    screen.Finish(prompt, _buffer);
                    history.Add(_buffer.Text);
                    return _buffer.Text;
                case Outcome.End:
                    screen.Finish(prompt, _buffer);
                    return null;
                case Outcome.Drop:
                    screen.Finish(prompt, _buffer);
                    _buffer.Set("");
                    break;
            }
        }
    }

    private enum Outcome
    {
        GoOn,
        Run,
        Drop,
        End,
    }

    private Outcome Handle(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.Escape || (key.KeyChar == '[' && (key.Modifiers & ConsoleModifiers.Alt) != 0))
        {
            Escape(key);
            return Outcome.GoOn;
        }

        return _isPasting ? Paste(key) : HandleTyped(key);
    }

    /// <summary>A terminal puts what is pasted between ESC [ 200 ~ and ESC [ 201 ~; the runtime hands both over letter by letter. Other sequences are dropped.</summary>
    private void Escape(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.Escape && (!hasMore() || keys().KeyChar != '['))
        {
            return;
        }

        var sequence = "";
        while (hasMore() && keys().KeyChar is var letter)
        {
            sequence += letter;
            if (!char.IsAsciiDigit(letter) && letter != ';')
            {
                break;
            }
        }

        _isPasting = sequence == "200~" || (_isPasting && sequence != "201~");
    }

    private Outcome Paste(ConsoleKeyInfo key)
    {
        if (key.Key is ConsoleKey.Enter || key.KeyChar is '\r' or '\n')
        {
            _buffer.Insert("\n");
        }
        else if (key.Key is ConsoleKey.Tab || key.KeyChar == '\t')
        {
            _buffer.Insert("    ");
        }
        else if (!char.IsControl(key.KeyChar))
        {
            _buffer.Insert(key.KeyChar.ToString());
        }

        return Outcome.GoOn;
    }

    private Outcome HandleTyped(ConsoleKeyInfo key) => (key.Modifiers & ConsoleModifiers.Control) != 0 && key.Key is not (ConsoleKey.LeftArrow or ConsoleKey.RightArrow or ConsoleKey.Enter)
        ? HandleControl(key)
        : HandlePlain(key);

    private Outcome HandleControl(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.C:
                return Outcome.Drop;
            case ConsoleKey.D when _buffer.Text.Length == 0:
                return Outcome.End;
            case ConsoleKey.D:
                _buffer.DeleteRight();
                break;
            case ConsoleKey.A:
                _buffer.Home();
                break;
            case ConsoleKey.E:
                _buffer.End();
                break;
            case ConsoleKey.B:
                _buffer.Left();
                break;
            case ConsoleKey.F:
                _buffer.Right();
                break;
            case ConsoleKey.H:
                _buffer.DeleteLeft();
                break;
            case ConsoleKey.K:
                _buffer.DeleteToLineEnd();
                break;
            case ConsoleKey.U:
                _buffer.DeleteToLineStart();
                break;
            case ConsoleKey.W or ConsoleKey.Backspace:
                _buffer.DeleteWordLeft();
                break;
            case ConsoleKey.P:
                Older();
                break;
            case ConsoleKey.N:
                Newer();
                break;
            case ConsoleKey.L:
                screen.Clear();
                break;
            case ConsoleKey.J or ConsoleKey.M:
                return Enter(key);
        }

        return Outcome.GoOn;
    }

    private Outcome HandlePlain(ConsoleKeyInfo key)
    {
        var isWord = (key.Modifiers & (ConsoleModifiers.Control | ConsoleModifiers.Alt)) != 0;
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return Enter(key);
            case ConsoleKey.Tab:
                Complete();
                break;
            case ConsoleKey.Backspace when isWord:
                _buffer.DeleteWordLeft();
                break;
            case ConsoleKey.Backspace:
                _buffer.DeleteLeft();
                break;
            case ConsoleKey.Delete:
                _buffer.DeleteRight();
                break;
            case ConsoleKey.LeftArrow when isWord:
                _buffer.WordLeft();
                break;
            case ConsoleKey.LeftArrow:
                _buffer.Left();
                break;
            case ConsoleKey.RightArrow when isWord:
                _buffer.WordRight();
                break;
            case ConsoleKey.RightArrow:
                _buffer.Right();
                break;
            case ConsoleKey.Home:
                _buffer.Home();
                break;
            case ConsoleKey.End:
                _buffer.End();
                break;
            case ConsoleKey.UpArrow when _buffer.IsOnFirstLine:
                Older();
                break;
            case ConsoleKey.UpArrow:
                _buffer.Up();
                break;
            case ConsoleKey.DownArrow when _buffer.IsOnLastLine:
                Newer();
                break;
            case ConsoleKey.DownArrow:
                _buffer.Down();
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    _buffer.Insert(key.KeyChar.ToString());
                }

                break;
        }

        return Outcome.GoOn;
    }

    private Outcome Enter(ConsoleKeyInfo key)
    {
        if ((key.Modifiers & ConsoleModifiers.Alt) != 0)
        {
            _buffer.Insert("\n");
            return Outcome.GoOn;
        }

        var state = isComplete(_buffer.Text);
        if (state.State != "incomplete")
        {
            return Outcome.Run;
        }

        if (_buffer.Cursor == _buffer.Text.Length)
        {
            _buffer.Insert("\n" + state.Indent);
        }
        else
        {
            _buffer.Insert("\n");
        }

        return Outcome.GoOn;
    }

    /// <summary>One candidate stands at once; of several what they share, and they are listed.</summary>
    private void Complete()
    {
        if (_buffer.BeforeCursor.Trim().Length == 0)
        {
            _buffer.Insert("    ");
            return;
        }

        var answer = complete(_buffer.Text, _buffer.Cursor);
        if (answer.Items.Count == 0)
        {
            return;
        }

        var typed = _buffer.Text[answer.Start..answer.End];
        var shared = answer.Items.Select(static item => item.Text).Aggregate(Shared);
        if (shared.Length > typed.Length && shared.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
        {
            _buffer.Replace(answer.Start, answer.End, shared);
        }

        if (answer.Items.Count > 1)
        {
            _candidates = [.. answer.Items.Select(static item => item.Text)];
        }
    }

    private static string Shared(string left, string right)
    {
        var length = 0;
        while (length < left.Length && length < right.Length && left[length] == right[length])
        {
            length++;
        }

        return left[..length];
    }

    private void Older()
    {
        if (history.Older(_buffer.Text) is { } text)
        {
            _buffer.Set(text);
        }
    }

    private void Newer()
    {
        if (history.Newer() is { } text)
        {
            _buffer.Set(text);
        }
    }
}
