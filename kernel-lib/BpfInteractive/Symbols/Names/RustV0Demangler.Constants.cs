using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>Constants: the length of an array, the argument of a generic that takes a value.</summary>
internal ref partial struct RustV0Demangler
{
    /// <param name="inValue">Whether it stands where a value is read anyway; elsewhere all but plain ones get braces.</param>
    private void Constant(bool inValue)
    {
        Enter();
        switch (Next())
        {
            case 'p':
                Print("_");
                break;
            case 'h' or 't' or 'm' or 'y' or 'o' or 'j':
                Print(Number());
                break;
            case 'a' or 's' or 'l' or 'x' or 'n' or 'i':
                Print(TryTake('n') ? "-" : "");
                Print(Number());
                break;
            case 'b':
                Print(HexDigits() switch { "" or "0" => "false", "1" => "true", _ => throw Damaged() });
                break;
            case 'c':
                Print(Quoted(Scalar(HexDigits()), '\''));
                break;
            case 'B':
                FollowConstant(inValue);
                break;
            default:
                _at--;
                Print(inValue ? "" : "{");
                CompoundConstant();
                Print(inValue ? "" : "}");
                break;
        }

        _depth--;
    }

    private void CompoundConstant()
    {
        switch (Next())
        {
            case 'e':
                Print("*");
                TextConstant();
                break;
            case 'R' when TryTake('e'):
                TextConstant();
                break;
            case var tag and ('R' or 'Q'):
                Print(tag == 'R' ? "&" : "&mut ");
                Constant(inValue: true);
                break;
            case 'A':
                Print("[");
                Constants();
                Print("]");
                break;
            case 'T':
                Print("(");
                Print(Constants() == 1 ? ",)" : ")");
                break;
            case 'V':
                Path(inValue: true);
                Fields();
                break;
            default:
                throw Damaged();
        }
    }

    private int Constants()
    {
        var count = 0;
        for (; !TryTake('E'); count++)
        {
            Print(count == 0 ? "" : ", ");
            Constant(inValue: true);
        }

        return count;
    }

    /// <summary>Of a structure or a variant: none, by order, or by name.</summary>
    private void Fields()
    {
        switch (Next())
        {
            case 'U':
                break;
            case 'T':
                Print("(");
                Constants();
                Print(")");
                break;
            case 'S':
                Print(" { ");
                for (var first = true; !TryTake('E'); first = false)
                {
                    Print(first ? "" : ", ");
                    Disambiguator();
                    Print(Identifier());
                    Print(": ");
                    Constant(inValue: true);
                }

                Print(" }");
                break;
            default:
                throw Damaged();
        }
    }

    private void FollowConstant(bool inValue)
    {
        var back = EnterBackReference();
        if (_silent == 0)
        {
            (_at, var after) = (back, _at);
            Constant(inValue);
            _at = after;
        }
    }

    private ReadOnlySpan<char> HexDigits()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is >= 'a' and <= 'f'))
        {
            _at++;
        }

        var digits = _text[start.._at];
        return TryTake('_') ? digits : throw Damaged();
    }

    /// <summary>Decimal as long as it fits into 64 bits.</summary>
    private string Number()
    {
        var digits = HexDigits().TrimStart('0');
        return digits.Length > 16 ? $"0x{digits}"
            : ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value.ToString(CultureInfo.InvariantCulture)
            : "0";
    }

    /// <summary>A text's bytes in hexadecimal, UTF-8.</summary>
    private void TextConstant()
    {
        var digits = HexDigits();
        if (digits.Length % 2 != 0)
        {
            throw Damaged();
        }

        Print(Quoted(Encoding.UTF8.GetString(Convert.FromHexString(digits)), '"'));
    }

    private static string Scalar(ReadOnlySpan<char> digits) =>
        uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && Rune.IsValid(value)
            ? new Rune(value).ToString()
            : throw Damaged();

    private static string Quoted(string text, char quote)
    {
        var quoted = new StringBuilder().Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            quoted.Append(rune.Value switch
            {
                '\t' => "\\t",
                '\r' => "\\r",
                '\n' => "\\n",
                '\\' => "\\\\",
                0 => "\\0",
                var value when value == quote => "\\" + quote,
                _ when Rune.IsControl(rune) => string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
                _ => rune.ToString(),
            });
        }

        return quoted.Append(quote).ToString();
    }
}
