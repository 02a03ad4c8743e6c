using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// The section .gnu_debuglink: the name of a separate debug file and its CRC-32
/// (https://sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html).
/// </summary>
internal readonly record struct DebugLink(string FileName, uint Checksum)
{
    private const string SectionName = ".gnu_debuglink";
    private const int LongestName = 255;

    /// <summary>Reads it; null where there is none, or its name is none of a file.</summary>
    /// <exception cref="SymbolFileException">It lies outside of the file.</exception>
    internal static DebugLink? Read(ElfFile file) =>
        file.Find(SectionName) is { Size: > 0 and <= LongestName + 8 } section ? Parse(file.Read(section)) : null;

    /// <summary>A name with its zero, padded to four bytes, and the checksum.</summary>
    internal static DebugLink? Parse(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        var checksumAt = (end + 4) & ~3;
        if (end <= 0 || checksumAt + 4 > bytes.Length || bytes[..end].Contains((byte)'/') || bytes[0] == (byte)'.')
        {
            return null;
        }

        return new DebugLink(Encoding.UTF8.GetString(bytes[..end]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[checksumAt..]));
    }
}
