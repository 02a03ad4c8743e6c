using System.Buffers.Binary;
using System.Globalization;

namespace BpfInteractive;

/// <summary>Values by BTF, or without it: numbers of 1, 2, 4 and 8 bytes unsigned, all else bytes.</summary>
internal static class Plain
{
    internal static object? Read(BtfType? type, ReadOnlySpan<byte> bytes) => type is { } known && known.SizeBytes == bytes.Length
        ? BtfValue.Read(known, bytes)
        : bytes.Length switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            _ => bytes.ToArray(),
        };

    /// <summary>Writes what a caller gave. Bytes of the right number are taken as they are, whatever the type.</summary>
    internal static void Write(BtfType? type, object? value, Span<byte> bytes, string subject)
    {
        if (type is { } known && known.SizeBytes == bytes.Length)
        {
            BtfValue.Write(known, value, bytes, subject);
        }
        else if (value is byte[] raw && raw.Length == bytes.Length)
        {
            raw.CopyTo(bytes);
        }
        else if (bytes.Length is 1 or 2 or 4 or 8)
        {
            WriteNumber(value, bytes, subject);
        }
        else
        {
            throw new ArgumentException($"a {value?.GetType().Name ?? "null"} does not fit {subject}: without BTF it takes a byte[] of {bytes.Length}");
        }
    }

    private static void WriteNumber(object? value, Span<byte> bytes, string subject)
    {
        Int128 number = value switch
        {
            ulong wide => wide,
            byte or sbyte or short or ushort or int or uint or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            Enum constant => Convert.ToInt64(constant, CultureInfo.InvariantCulture),
            _ => throw new ArgumentException($"a {value?.GetType().Name ?? "null"} does not fit {subject}: it takes an integer"),
        };
        var bits = bytes.Length * 8;
        if (number < -(Int128.One << (bits - 1)) || number >= Int128.One << bits)
        {
            throw new ArgumentException($"{value} does not fit {subject}: it has {bits} bits");
        }

        BtfBits.Write(bytes, 0, bits, (ulong)number);
    }
}
