using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace BpfInteractive;

/// <summary>Keys of an LPM trie over IP addresses: a u32 length in bits, then 4 or 16 bytes in network order. <c>10.0.0.0/8</c>.</summary>
public static class IpPrefix
{
    /// <summary>A key's bytes from text: "10.0.0.0/8", "2001:db8::/32"; an address without a length stands for itself alone.</summary>
    /// <param name="text">The address, and behind a slash the number of leading bits that count.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static byte[] Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text[..slash];
        if (!IPAddress.TryParse(address, out var ip))
        {
            throw new FormatException($"'{text}' is no IP prefix such as 10.0.0.0/8");
        }

        var bytes = ip.GetAddressBytes();
        var bits = bytes.Length * 8;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > bytes.Length * 8))
        {
            throw new FormatException($"'{text}' has a length that is not in 0 to {bytes.Length * 8}");
        }

        var key = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(key, (uint)bits);
        bytes.CopyTo(key, 4);
        return key;
    }

    /// <summary>A key's bytes as text.</summary>
    /// <param name="key">8 or 20 bytes.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public static string Format(ReadOnlySpan<byte> key) => Fits(key.Length)
        ? string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(key[4..])}/{BinaryPrimitives.ReadUInt32LittleEndian(key)}")
        : throw new ArgumentException($"the key of a trie over IP addresses has 8 or 20 bytes, not {key.Length}", nameof(key));

    internal static bool Fits(int keySize) => keySize is 8 or 20;
}
