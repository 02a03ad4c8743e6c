using System.Runtime.CompilerServices;
using System.Text.Json;

namespace BpfInteractive;

/// <summary>How one number or truth value is written. The tests of T's type are decided by the JIT, so each instance is straight code.</summary>
internal static class ScalarText
{
    /// <summary>The largest integer that every JSON reader keeps exact: a double's 53 bits.</summary>
    private const long LargestExactInteger = 1L << 53;

    internal static void ThrowUnlessSupported<T>()
        where T : unmanaged => _ = Name<T>();

    internal static string Name<T>()
        where T : unmanaged
    {
        return default(T) switch
        {
            bool => "bool",
            sbyte => "i8",
            byte => "u8",
            short => "i16",
            ushort => "u16",
            int => "i32",
            uint => "u32",
            long => "i64",
            ulong => "u64",
            Int128 => "i128",
            UInt128 => "u128",
            float => "f32",
            double => "f64",
            _ => throw new NotSupportedException($"a column holds integers, floats and bool, not {typeof(T)}"),
        };
    }

    internal static void Write<T>(TextBuffer text, T value, ColumnFormat format)
        where T : unmanaged
    {
        if (IsInteger<T>() && (format is ColumnFormat.Address or ColumnFormat.Hexadecimal))
        {
            text.Append("0x");
            if (Unsafe.SizeOf<T>() == 16)
            {
                text.AppendFormatted(Unsafe.BitCast<T, UInt128>(value), "x");
            }
            else
            {
                text.AppendFormatted(ZeroExtended(value), "x");
            }
        }
        else if (format == ColumnFormat.UnixNanoseconds && IsInteger<T>() && Unsafe.SizeOf<T>() == 8)
        {
            WriteUnixTime(text, Unsafe.BitCast<T, long>(value));
        }
        else
        {
            WritePlain(text, value);
        }
    }

    private static void WritePlain<T>(TextBuffer text, T value)
        where T : unmanaged
    {
        switch (value)
        {
            case bool x: text.Append(x ? "true" : "false"); break;
            case sbyte x: text.AppendFormatted(x, default); break;
            case byte x: text.AppendFormatted(x, default); break;
            case short x: text.AppendFormatted(x, default); break;
            case ushort x: text.AppendFormatted(x, default); break;
            case int x: text.AppendFormatted(x, default); break;
            case uint x: text.AppendFormatted(x, default); break;
            case long x: text.AppendFormatted(x, default); break;
            case ulong x: text.AppendFormatted(x, default); break;
            case Int128 x: text.AppendFormatted(x, default); break;
            case UInt128 x: text.AppendFormatted(x, default); break;
            case float x: text.AppendFormatted(x, default); break;
            case double x: text.AppendFormatted(x, default); break;
        }
    }

    internal static void WriteJson<T>(Utf8JsonWriter json, T value, ColumnFormat format)
        where T : unmanaged
    {
        if (value is bool truth)
        {
            json.WriteBooleanValue(truth);
        }
        else if (!IsTextFormat(format) && TryExactInteger(value, out var integer))
        {
            json.WriteNumberValue(integer);
        }
        else if (value is double real && double.IsFinite(real))
        {
            json.WriteNumberValue(real);
        }
        else if (value is float single && float.IsFinite(single))
        {
            json.WriteNumberValue(single);
        }
        else
        {
            var text = new TextBuffer(40);
            Write(text, value, format);
            json.WriteStringValue(text.Written);
        }
    }

    private static bool IsTextFormat(ColumnFormat format) =>
        format is ColumnFormat.Address or ColumnFormat.Hexadecimal or ColumnFormat.UnixNanoseconds;

    private static bool IsInteger<T>() => typeof(T) != typeof(bool) && typeof(T) != typeof(float) && typeof(T) != typeof(double);

    private static bool TryExactInteger<T>(T value, out long integer)
        where T : unmanaged
    {
        integer = 0;
        if (!IsInteger<T>())
        {
            return false;
        }

        switch (value)
        {
            case ulong u:
                integer = (long)u;
                return u <= (ulong)LargestExactInteger;
            case long i:
                integer = i;
                return i is >= -LargestExactInteger and <= LargestExactInteger;
            case UInt128 u:
                integer = (long)u;
                return u <= (UInt128)LargestExactInteger;
            case Int128 i:
                integer = (long)i;
                return i >= -LargestExactInteger && i <= LargestExactInteger;
            case sbyte or short or int:
                integer = SignExtended(value);
                return true;
            default:
                integer = (long)ZeroExtended(value);
                return true;
        }
    }

    private static ulong ZeroExtended<T>(T value)
        where T : unmanaged => Unsafe.SizeOf<T>() switch
        {
            1 => Unsafe.BitCast<T, byte>(value),
            2 => Unsafe.BitCast<T, ushort>(value),
            4 => Unsafe.BitCast<T, uint>(value),
            _ => Unsafe.BitCast<T, ulong>(value),
        };

    private static long SignExtended<T>(T value)
        where T : unmanaged => Unsafe.SizeOf<T>() switch
        {
            1 => Unsafe.BitCast<T, sbyte>(value),
            2 => Unsafe.BitCast<T, short>(value),
            _ => Unsafe.BitCast<T, int>(value),
        };

    private static void WriteUnixTime(TextBuffer text, long nanoseconds)
    {
        var (seconds, rest) = Math.DivRem(nanoseconds, 1_000_000_000);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + 1_000_000_000);
        }

        text.AppendFormatted(DateTime.UnixEpoch.AddSeconds(seconds), "yyyy-MM-dd'T'HH:mm:ss");
        text.Append(".");
        text.AppendFormatted(rest, "D9");
        text.Append("Z");
    }
}
