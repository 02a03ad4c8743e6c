using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// Rust's v0 mangling (RFC 2603; the rustc book, "v0 symbol format"), printed as rustc-demangle prints it in its alternate form: without the
/// hashes of crates and the types of constants. This part reads paths and what stands around them.
/// </summary>
/// <remarks>
/// A back reference can repeat anything that stands before it, so that a short name can stand for an endless text: depth and length are bounded.
/// </remarks>
internal ref partial struct RustV0Demangler
{
    private const int DeepestNesting = 300;
    private const int LongestOutput = 1 << 16;
    private const int MostSteps = 1 << 17;

    private readonly ReadOnlySpan<char> _text;
    private readonly StringBuilder _output;
    private int _at;
    private int _depth;
    private int _steps;
    private int _boundLifetimes;
    private int _silent;

    private RustV0Demangler(ReadOnlySpan<char> text)
    {
        _text = text;
        _output = new StringBuilder(text.Length * 2);
    }

    /// <summary>Whether this is a v0 name; then its source form.</summary>
    internal static bool TryDemangle(string mangled, [NotNullWhen(true)] out string? name)
    {
        name = null;

        // "R" alone would be Windows' form, "__R" that of macOS; a digit is the encoding's version, of which there is none yet.
        if (!mangled.StartsWith("_R", StringComparison.Ordinal) || mangled.Length < 4 || !char.IsAsciiLetterUpper(mangled[2]))
        {
            return false;
        }

        var body = mangled.AsSpan(2);
        var suffix = body.IndexOf('.');
        var demangler = new RustV0Demangler(suffix < 0 ? body : body[..suffix]);
        try
        {
            demangler.Path(inValue: true);
            demangler.InstantiatingCrate();
        }
        catch (FormatException)
        {
            return false;
        }

        if (demangler._output.Length == 0)
        {
            return false;
        }

        // LLVM's own suffix tells copies of one function apart (".llvm.1234"); the others are kept.
        var clone = suffix < 0 ? default : body[suffix..];
        name = demangler._output.Append(clone.StartsWith(".llvm.") ? default : clone).ToString();
        return true;
    }

    /// <summary>After the path the crate that it was made for may stand, which is not printed.</summary>
    private void InstantiatingCrate()
    {
        if (_at < _text.Length && char.IsAsciiLetterUpper(_text[_at]))
        {
            _silent++;
            Path(inValue: false);
        }

        if (_at != _text.Length)
        {
            throw Damaged();
        }
    }

    private void Path(bool inValue)
    {
        Enter();
        switch (Next())
        {
            case 'C':
                Disambiguator();
                Print(Identifier());
                break;
            case 'N':
                NestedPath(inValue);
                break;
            case 'M':
                ImplementationPath();
                Print("<");
                Type();
                Print(">");
                break;
            case 'X':
                ImplementationPath();
                TypeAsTrait();
                break;
            case 'Y':
                TypeAsTrait();
                break;
            case 'I':
                Path(inValue);
                Print(inValue ? "::<" : "<");
                GenericArguments();
                Print(">");
                break;
            case 'B':
                FollowPath(inValue);
                break;
            default:
                throw Damaged();
        }

        _depth--;
    }

    private void NestedPath(bool inValue)
    {
        var space = Next();
        Path(inValue);
        var number = Disambiguator();
        var identifier = Identifier();
        if (char.IsAsciiLetterUpper(space))
        {
            // What the compiler made: {closure#0}, {shim:vtable#0}.
            var kind = space switch { 'C' => "closure", 'S' => "shim", _ => space.ToString() };
            Print($"::{{{kind}{(identifier.Length > 0 ? ":" : "")}{identifier}#{number}}}");
        }
        else if (!char.IsAsciiLetterLower(space))
        {
            throw Damaged();
        }
        else if (identifier.Length > 0)
        {
            Print("::");
            Print(identifier);
        }
    }

    /// <summary>Where an implementation stands in the source: not printed, for the type says more.</summary>
    private void ImplementationPath()
    {
        Disambiguator();
        _silent++;
        Path(inValue: false);
        _silent--;
    }

    private void TypeAsTrait()
    {
        Print("<");
        Type();
        Print(" as ");
        Path(inValue: false);
        Print(">");
    }

    private void GenericArguments()
    {
        for (var first = true; !TryTake('E'); first = false)
        {
            Print(first ? "" : ", ");
            if (TryTake('L'))
            {
                Lifetime(Base62());
            }
            else if (TryTake('K'))
            {
                Constant(inValue: false);
            }
            else
            {
                Type();
            }
        }
    }

    private void FollowPath(bool inValue)
    {
        var back = EnterBackReference();
        if (_silent == 0)
        {
            (_at, var after) = (back, _at);
            Path(inValue);
            _at = after;
        }
    }

    /// <summary>Where a back reference leads: always before itself, so that none goes on for ever.</summary>
    private int EnterBackReference()
    {
        var here = _at - 1;
        var back = Base62();
        return back < (ulong)here ? (int)back : throw Damaged();
    }

    private ulong Disambiguator() => TryTake('s') ? checked(Base62() + 1) : 0;

    /// <summary>"_" is 0, "0_" is 1, and so on.</summary>
    private ulong Base62()
    {
        if (TryTake('_'))
        {
            return 0;
        }

        ulong value = 0;
        for (char digit; (digit = Next()) != '_';)
        {
            var number = digit switch
            {
                >= '0' and <= '9' => digit - '0',
                >= 'a' and <= 'z' => digit - 'a' + 10,
                >= 'A' and <= 'Z' => digit - 'A' + 36,
                _ => throw Damaged(),
            };
            if (value > (ulong.MaxValue - 64) / 62)
            {
                throw Damaged();
            }

            value = (value * 62) + (ulong)number;
        }

        return value + 1;
    }

    private string Identifier()
    {
        var isPunycode = TryTake('u');
        var length = 0;
        if (!TryTake('0'))
        {
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            {
                length = (length * 10) + (Next() - '0');
                if (length > _text.Length)
                {
                    throw Damaged();
                }
            }
        }

        TryTake('_'); // it parts the number from a name that begins with a digit or with this very sign
        if (length > _text.Length - _at)
        {
            throw Damaged();
        }

        var bytes = _text.Slice(_at, length);
        _at += length;
        return isPunycode ? Punycode.Decode(bytes) ?? throw Damaged() : bytes.ToString();
    }

    private char Next() => _at < _text.Length ? _text[_at++] : throw Damaged();

    private bool TryTake(char wanted)
    {
        var found = _at < _text.Length && _text[_at] == wanted;
        _at += found ? 1 : 0;
        return found;
    }

    private void Print(ReadOnlySpan<char> text)
    {
        if (_silent == 0)
        {
            _output.Append(text);
            if (_output.Length > LongestOutput)
            {
                throw Damaged();
            }
        }
    }

    private void Enter()
    {
        if (++_depth > DeepestNesting || ++_steps > MostSteps)
        {
            throw Damaged();
        }
    }

    private static FormatException Damaged() => new("it is no v0 name");
}
