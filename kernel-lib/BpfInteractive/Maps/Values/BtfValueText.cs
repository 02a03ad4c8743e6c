using System.Collections;
using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>Values as text: <c>{pid: 12, comm: "bash"}</c>.</summary>
internal static class BtfValueText
{
    // What a person can still read on a line; the rest is counted.
    private const int MostElements = 64;

    internal static string Of(object? value, BtfType? type = null)
    {
        var text = new StringBuilder();
        Append(text, value, type?.Resolve());
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, BtfType? type)
    {
        var shape = type is { } known ? BtfShapes.Of(known) : (BtfShape?)null;
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string name when shape == BtfShape.Enum:
                text.Append(name);
                break;
            case string words:
                AppendQuoted(text, words);
                break;
            case ulong address when shape == BtfShape.Address:
                text.Append(CultureInfo.InvariantCulture, $"0x{address:x}");
                break;
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            case byte[] bytes:
                text.Append("0x").Append(Convert.ToHexString(bytes, 0, Math.Min(bytes.Length, MostElements)));
                AppendRest(text, bytes.Length);
                break;
            case BtfRecord record:
                AppendRecord(text, record, type ?? record.Type?.Resolve());
                break;
            case IEnumerable list:
                AppendList(text, list, type is { Kind: BtfKind.Array } array ? array.Target.Resolve() : null);
                break;
            default:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void AppendRecord(StringBuilder text, BtfRecord record, BtfType? type)
    {
        text.Append('{');
        var separator = "";
        foreach (var (name, value) in record)
        {
            text.Append(separator).Append(name).Append(": ");
            Append(text, value, type is { } known && known.TryFindMember(name, out var member) ? member.Type.Resolve() : null);
            separator = ", ";
        }

        text.Append('}');
    }

    private static void AppendList(StringBuilder text, IEnumerable list, BtfType? element)
    {
        text.Append('[');
        var count = 0;
        foreach (var value in list)
        {
            if (count < MostElements)
            {
                text.Append(count == 0 ? "" : ", ");
                Append(text, value, element);
            }

            count++;
        }

        AppendRest(text, count);
        text.Append(']');
    }

    private static void AppendRest(StringBuilder text, int count)
    {
        if (count > MostElements)
        {
            text.Append(CultureInfo.InvariantCulture, $"... ({count} in all)");
        }
    }

    private static void AppendQuoted(StringBuilder text, string words)
    {
        text.Append('"');
        foreach (var c in words)
        {
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                '\r' => text.Append("\\r"),
                _ when char.IsControl(c) => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
