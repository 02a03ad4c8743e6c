using System.Globalization;

namespace BpfInteractive.Charts;

/// <summary>Numbers as people read them.</summary>
internal static class Human
{
    private static readonly string[] s_sizes = ["bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary><c>1.4 MB</c>, by powers of 1,024.</summary>
    internal static string Bytes(double bytes)
    {
        var unit = 0;
        while (Math.Abs(bytes) >= 1024 && unit < s_sizes.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || Math.Abs(bytes) >= 100 ? Math.Round(bytes) : Math.Round(bytes, 1))} {s_sizes[unit]}");
    }

    /// <summary><c>12.3 ms</c>.</summary>
    internal static string Nanoseconds(double nanoseconds) => Math.Abs(nanoseconds) switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0} ns"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.#} µs"),
        < 1e9 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.#} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e9:0.##} s"),
    };

    /// <summary>A number of a format: sizes and times in units, others in groups of three digits.</summary>
    internal static string Number(double value, ColumnFormat format) => format switch
    {
        ColumnFormat.Bytes => Bytes(value),
        ColumnFormat.Nanoseconds => Nanoseconds(value),
        _ when Math.Abs(value) >= 100 || value == Math.Floor(value) => value.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    internal static string Address(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    internal static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>1 VMA</c>, <c>1,902 VMAs</c>.</summary>
    internal static string Vmas(int count) => count == 1 ? "1 VMA" : $"{Count(count)} VMAs";

    /// <summary>Of a long path, the file and as many of its folders as there is room for; of other text, the beginning and the end.</summary>
    internal static string ShortenPath(string text, int length)
    {
        if (text.Length <= length || text[0] != '/')
        {
            return Shorten(text, length);
        }

        var from = text.IndexOf('/', text.Length - length + 1);
        return from < 0 ? Shorten(text, length) : $"…{text[from..]}";
    }

    /// <summary>Keeps the beginning and the end of a long text.</summary>
    internal static string Shorten(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        var head = length / 3;
        return $"{text[..head]}…{text[^(length - head - 1)..]}";
    }
}
