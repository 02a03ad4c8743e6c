using System.Globalization;

namespace BpfInteractive.Charts;

/// <summary>The text of one value in a table: what is shown, and the exact text when that differs.</summary>
internal static class ValueText
{
    internal static (string Shown, string? Exact) Of(object? value, ColumnFormat format) => value switch
    {
        null => ("–", null),
        ulong address when format is ColumnFormat.Address or ColumnFormat.Hexadecimal => (string.Create(CultureInfo.InvariantCulture, $"0x{address:x}"), null),
        double number => With(number.ToString("0.######", CultureInfo.InvariantCulture), number.ToString("R", CultureInfo.InvariantCulture)),
        float number => With(number.ToString("0.######", CultureInfo.InvariantCulture), number.ToString("R", CultureInfo.InvariantCulture)),
        IFormattable number => OfText(number.ToString(null, CultureInfo.InvariantCulture), format),
        _ => (value.ToString() ?? "", null),
    };

    internal static (string Shown, string? Exact) OfText(string exact, ColumnFormat format)
    {
        if (!double.TryParse(exact, CultureInfo.InvariantCulture, out var number))
        {
            return (exact, null);
        }

        return format switch
        {
            ColumnFormat.Bytes => With(Human.Bytes(number), exact),
            ColumnFormat.Nanoseconds => With(Human.Nanoseconds(number), exact),
            _ => (exact, null),
        };
    }

    private static (string Shown, string? Exact) With(string shown, string exact) => (shown, shown == exact ? null : exact);
}
