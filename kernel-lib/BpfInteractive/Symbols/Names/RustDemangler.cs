using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// Rust's legacy mangling: an Itanium path whose last part is <c>h</c> and sixteen hexadecimal digits, special characters written as
/// <c>$LT$</c> and the like (rust-lang/rustc-demangle, legacy.rs). The hash is left out, as rustc-demangle's alternate form does.
/// </summary>
internal static class RustDemangler
{
    private const int HashLength = 17;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    internal static bool TryDemangle(string mangled, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!mangled.StartsWith("_ZN", StringComparison.Ordinal))
        {
            return false;
        }

        var parts = new List<string>();
        var rest = mangled.AsSpan(3);
        while (TryTakePart(ref rest, out var part))
        {
            parts.Add(part.ToString());
        }

        // What follows the end is a clone's suffix: ".llvm.123", ".cold".
        if (!rest.StartsWith("E") || parts.Count < 2 || !IsHash(parts[^1]))
        {
            return false;
        }

        parts.RemoveAt(parts.Count - 1);
        name = string.Join("::", parts.Select(Unescape));
        return true;
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> part)
    {
        part = default;
        var digits = rest.IndexOfAnyExceptInRange('0', '9');
        if (digits is <= 0 or > 5 || !int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > rest.Length - digits)
        {
            return false;
        }

        part = rest.Slice(digits, length);
        rest = rest[(digits + length)..];
        return true;
    }

    private static bool IsHash(string part) => part.Length == HashLength && part[0] == 'h' && part.AsSpan(1).IndexOfAnyExcept(HexDigits) < 0;

    private static string Unescape(string part)
    {
        var text = new StringBuilder(part.Length);
        var rest = part.StartsWith("_$", StringComparison.Ordinal) ? part.AsSpan(1) : part;
        while (rest.Length > 0)
        {
            if (rest.StartsWith(".."))
            {
                text.Append("::");
                rest = rest[2..];
            }
            else if (rest[0] == '$' && rest[1..].IndexOf('$') is > 0 and var end && Escape(rest.Slice(1, end)) is { } escaped)
            {
                text.Append(escaped);
                rest = rest[(end + 2)..];
            }
            else
            {
                text.Append(rest[0]);
                rest = rest[1..];
            }
        }

        return text.ToString();
    }

    private static string? Escape(ReadOnlySpan<char> code) => code switch
    {
        "SP" => "@",
        "BP" => "*",
        "RF" => "&",
        "LT" => "<",
        "GT" => ">",
        "LP" => "(",
        "RP" => ")",
        "C" => ",",
        _ when code[0] == 'u' && uint.TryParse(code[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rune)
            && Rune.IsValid(rune) && !Rune.IsControl(new Rune(rune)) => new Rune(rune).ToString(),
        _ => null,
    };
}
