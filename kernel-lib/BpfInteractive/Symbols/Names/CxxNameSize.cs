namespace BpfInteractive;

/// <summary>
/// How long a mangled C++ name may become when it is written out. A name of 300 characters can stand for terabytes: each of its parts may mean an earlier one twice
/// (Itanium C++ ABI, "Compression"), and the runtime's demangler writes all of it, without a limit.
/// </summary>
/// <remarks>
/// No grammar is followed, so this is an upper bound: a part that is meant by its number was whole before any part of that number or a higher one was first meant, and
/// cannot be longer than all that was written until then. Of 272,000 names of a distribution's libraries, browsers and compilers one in 25,000 is above the limit.
/// </remarks>
internal static class CxxNameSize
{
    /// <summary>The longest text of one letter's own: "unsigned long long".</summary>
    private const long LongestWord = 18;

    private const int MostParts = 64;

    /// <summary>Whether a name is at most so many characters long when written out.</summary>
    internal static bool IsAtMost(long limit, ReadOnlySpan<byte> name)
    {
        Span<long> parts = stackalloc long[MostParts];
        Span<long> arguments = stackalloc long[MostParts];
        parts.Fill(-1);
        arguments.Fill(-1);
        long size = 0, packs = 1;
        for (var at = 0; at < name.Length;)
        {
            var rest = name[at..];
            if (TryReadIdentifier(rest, out var length))
            {
                at += length;
                size += length + 2;
            }
            else if (TryReadReference(rest, out length, out var number))
            {
                at += length;
                size += rest[0] == 'S' ? SizeOfPart(parts, number, size) : SizeOfArgument(arguments, number, size);
            }
            else
            {
                at++;
                size += LongestWord;
                packs = rest.StartsWith("Dp"u8) || rest.StartsWith("sp"u8) ? name.Length : packs;
            }

            if (size > limit)
            {
                return false;
            }
        }

        // What is written once for each type of a pack, of which there are fewer than letters.
        return size * packs <= limit;
    }

    private static long SizeOfPart(Span<long> sizes, int number, long sizeSoFar)
    {
        if (number >= sizes.Length)
        {
            return sizeSoFar;
        }

        for (var other = number; other < sizes.Length; other++)
        {
            sizeSoFar = sizes[other] < 0 ? sizeSoFar : Math.Min(sizeSoFar, sizes[other]);
        }

        return sizes[number] = sizes[number] < 0 ? sizeSoFar : sizes[number];
    }

    private static long SizeOfArgument(Span<long> sizes, int number, long sizeSoFar) =>
        number >= sizes.Length ? sizeSoFar : sizes[number] < 0 ? sizes[number] = sizeSoFar : sizes[number];

    /// <summary>"3foo".</summary>
    private static bool TryReadIdentifier(ReadOnlySpan<byte> text, out int length)
    {
        var digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var isNumber = System.Buffers.Text.Utf8Parser.TryParse(digits < 0 ? text : text[..digits], out int count, out var used) && used > 0;
        length = isNumber ? used + Math.Min(count, text.Length - used) : 0;
        return isNumber;
    }

    /// <summary>"S_", "S1_", "T_", "TZ_": numbers to the base 36, of which the first is none.</summary>
    private static bool TryReadReference(ReadOnlySpan<byte> text, out int length, out int number)
    {
        (length, number) = (0, 0);
        if (text[0] is not ((byte)'S' or (byte)'T') || text[1..].IndexOf((byte)'_') is not (>= 0 and <= 4 and var digits))
        {
            return false;
        }

        foreach (var digit in text.Slice(1, digits))
        {
            var value = digit is >= (byte)'0' and <= (byte)'9' ? digit - '0' : digit is >= (byte)'A' and <= (byte)'Z' ? digit - 'A' + 10 : -1;
            if (value < 0)
            {
                return false;
            }

            number = (number * 36) + value;
        }

        number += digits == 0 ? 0 : 1;
        length = digits + 2;
        return true;
    }
}
