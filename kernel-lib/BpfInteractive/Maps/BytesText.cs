using System.Buffers.Binary;
using System.Globalization;

namespace BpfInteractive;

/// <summary>Bytes as a person reads them: typed where BTF says how, as a number where the size is one's, in hex otherwise.</summary>
internal static class BytesText
{
    private const int Shown = 32;

    internal static string Of(ReadOnlySpan<byte> bytes, BtfType? type)
    {
        if (type is { } known && known.SizeBytes == bytes.Length)
        {
            return BtfValue.Format(known, bytes);
        }

        return bytes.Length switch
        {
            1 => bytes[0].ToString(CultureInfo.InvariantCulture),
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
            8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
            > Shown => $"0x{Convert.ToHexString(bytes[..Shown])}... ({bytes.Length} bytes)",
            _ => $"0x{Convert.ToHexString(bytes)}",
        };
    }
}
