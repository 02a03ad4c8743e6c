namespace BpfInteractive;

/// <summary>What <see cref="CLexer"/> tells apart.</summary>
internal enum CTokenKind
{
    Identifier,
    Text,
    Include,
    Mark,
}

/// <summary>Cuts C into identifiers, string literals, #include operands and single marks; comments, numbers and spaces are skipped.</summary>
internal ref struct CLexer(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _next;

    internal CTokenKind Kind { get; private set; }

    /// <summary>The identifier, the literal without its quotes, the include's operand with its quotes or brackets, or the mark.</summary>
    internal ReadOnlySpan<byte> Token { get; private set; }

    internal bool MoveNext()
    {
        while (_next < _text.Length)
        {
            var letter = _text[_next];
            if (letter <= ' ')
            {
                _next++;
            }
            else if (letter == '/' && SkipComment())
            {
            }
            else if (IsLetter(letter))
            {
                return Take(CTokenKind.Identifier, IdentifierEnd(_next));
            }
            else if (letter is >= (byte)'0' and <= (byte)'9')
            {
                _next = IdentifierEnd(_next);
            }
            else if (letter is (byte)'"' or (byte)'\'')
            {
                return TakeLiteral(letter);
            }
            else if (letter == '#' && TakeInclude())
            {
                return true;
            }
            else
            {
                return Take(CTokenKind.Mark, _next + 1);
            }
        }

        return false;
    }

    private bool Take(CTokenKind kind, int end)
    {
        Kind = kind;
        Token = _text[_next..end];
        _next = end;
        return true;
    }

    private bool TakeLiteral(byte quote)
    {
        var end = _next + 1;
        while (end < _text.Length && _text[end] != quote && _text[end] != '\n')
        {
            end += _text[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end, _text.Length);
        Kind = CTokenKind.Text;
        Token = _text[(_next + 1)..end];
        _next = Math.Min(end + 1, _text.Length);
        return true;
    }

    private bool TakeInclude()
    {
        var at = SkipBlanks(_next + 1);
        if (!_text[at..].StartsWith("include"u8))
        {
            return false;
        }

        at = SkipBlanks(at + 7);
        if (at >= _text.Length || _text[at] is not ((byte)'"' or (byte)'<'))
        {
            return false;
        }

        var length = _text[(at + 1)..].IndexOfAny(_text[at] == '<' ? (byte)'>' : (byte)'"', (byte)'\n');
        if (length <= 0 || _text[at + 1 + length] == '\n')
        {
            return false;
        }

        Kind = CTokenKind.Include;
        Token = _text.Slice(at, length + 2);
        _next = at + length + 2;
        return true;
    }

    private readonly int SkipBlanks(int at)
    {
        while (at < _text.Length && _text[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private bool SkipComment()
    {
        var rest = _text[_next..];
        if (rest.StartsWith("//"u8))
        {
            var end = rest.IndexOf((byte)'\n');
            _next = end < 0 ? _text.Length : _next + end;
            return true;
        }

        if (rest.StartsWith("/*"u8))
        {
            var end = rest[2..].IndexOf("*/"u8);
            _next = end < 0 ? _text.Length : _next + end + 4;
            return true;
        }

        return false;
    }

    private readonly int IdentifierEnd(int at)
    {
        while (at < _text.Length && (IsLetter(_text[at]) || _text[at] is >= (byte)'0' and <= (byte)'9'))
        {
            at++;
        }

        return at;
    }

    private static bool IsLetter(byte letter) => (uint)((letter | 0x20) - 'a') < 26 || letter is (byte)'_' or >= 0x80;
}
