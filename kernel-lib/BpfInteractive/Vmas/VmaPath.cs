using System.Text;
using System.Text.Unicode;

namespace BpfInteractive;

/// <summary>
/// Paths as this library has them and as /proc/PID/maps prints them. There, a newline is \012, nothing else is escaped (a backslash is
/// not, so that a file named "\012" looks the same), and a file without a name ends in " (deleted)", which could also be part of its name.
/// Here a path is the file's own bytes, and being deleted is a flag. Bytes that are no UTF-8 become three octal digits after a backslash.
/// </summary>
internal static class VmaPath
{
    internal static ReadOnlySpan<byte> DeletedSuffix => " (deleted)"u8;

    internal static string ToProc(string path, bool deleted)
    {
        var escaped = path.Replace("\n", @"\012", StringComparison.Ordinal);
        return deleted ? escaped + " (deleted)" : escaped;
    }

    /// <summary>Whether a name of /proc/PID/maps holds what may be an escaped newline.</summary>
    internal static bool MayBeEscaped(ReadOnlySpan<byte> name) => name.IndexOf(@"\012"u8) >= 0;

    /// <summary>A name of /proc/PID/maps with its escaped newlines turned back.</summary>
    internal static byte[] Unescape(ReadOnlySpan<byte> name)
    {
        var plain = new byte[name.Length];
        var length = 0;
        while (!name.IsEmpty)
        {
            var newline = name.StartsWith(@"\012"u8);
            plain[length++] = newline ? (byte)'\n' : name[0];
            name = name[(newline ? 4 : 1)..];
        }

        return plain[..length];
    }

    /// <summary>Gives bytes back as they are when they are UTF-8, else with each wrong byte as \ooo.</summary>
    internal static ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return bytes;
        }

        var text = new List<byte>(bytes.Length + 16);
        while (!bytes.IsEmpty)
        {
            var valid = Rune.DecodeFromUtf8(bytes, out _, out var length) == System.Buffers.OperationStatus.Done;
            for (var at = 0; at < length; at++)
            {
                if (valid)
                {
                    text.Add(bytes[at]);
                }
                else
                {
                    text.AddRange([(byte)'\\', (byte)('0' + (bytes[at] >> 6)), (byte)('0' + ((bytes[at] >> 3) & 7)), (byte)('0' + (bytes[at] & 7))]);
                }
            }

            bytes = bytes[length..];
        }

        return text.ToArray();
    }
}
