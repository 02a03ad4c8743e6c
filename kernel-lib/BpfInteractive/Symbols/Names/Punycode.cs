using System.Text;

namespace BpfInteractive;

/// <summary>Punycode (RFC 3492), as Rust writes identifiers with letters beyond ASCII: with '_' for the delimiter.</summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int Least = 1;
    private const int Most = 26;
    private const int LongestText = 256;

    /// <summary>The text; null when it is none.</summary>
    internal static string? Decode(ReadOnlySpan<char> encoded)
    {
        var delimiter = encoded.LastIndexOf('_');
        var runes = new List<Rune>();
        foreach (var letter in delimiter < 0 ? default : encoded[..delimiter])
        {
            runes.Add(new Rune(letter));
        }

        var rest = encoded[(delimiter + 1)..];
        long number = 128, position = 0, bias = 72;
        var isFirst = true;
        while (rest.Length > 0)
        {
            if (runes.Count > LongestText || TakeDelta(ref rest, bias) is not { } delta)
            {
                return null;
            }

            position += delta;
            var count = runes.Count + 1;
            bias = Adapt(delta, count, isFirst);
            isFirst = false;
            number += position / count;
            position %= count;
            if (number > int.MaxValue || !Rune.IsValid((int)number))
            {
                return null;
            }

            runes.Insert((int)position++, new Rune((int)number));
        }

        return string.Concat(runes);
    }

    private static long? TakeDelta(ref ReadOnlySpan<char> rest, long bias)
    {
        long delta = 0, weight = 1;
        for (long k = Base; rest.Length > 0; k += Base)
        {
            var digit = rest[0] switch { >= 'a' and <= 'z' => rest[0] - 'a', >= '0' and <= '9' => rest[0] - '0' + 26, _ => -1 };
            if (digit < 0)
            {
                return null;
            }

            rest = rest[1..];
            delta += digit * weight;
            var threshold = Math.Clamp(k - bias, Least, Most);
            if (digit < threshold)
            {
                return delta;
            }

            weight *= Base - threshold;
            if (weight > int.MaxValue || delta > int.MaxValue)
            {
                return null;
            }
        }

        return null;
    }

    private static long Adapt(long delta, long count, bool isFirst)
    {
        const int Skew = 38;
        const int Damp = 700;
        delta /= isFirst ? Damp : 2;
        delta += delta / count;
        long k = 0;
        while (delta > (Base - Least) * Most / 2)
        {
            delta /= Base - Least;
            k += Base;
        }

        return k + ((Base - Least + 1) * delta / (delta + Skew));
    }
}
