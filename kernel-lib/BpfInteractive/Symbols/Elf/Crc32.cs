using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>The CRC-32 of a debug link (that of zlib: reflected polynomial 0xedb88320), eight bytes a step.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;
    private const int Slices = 8;

    private static readonly uint[][] s_tables = MakeTables();

    /// <summary>The checksum of a file from its start to its end; null when it cannot be read or is longer than wanted.</summary>
    internal static uint? OfFile(SafeFileHandle file, long longest)
    {
        var buffer = new byte[1 << 18];
        var crc = uint.MaxValue;
        for (long at = 0; ;)
        {
            var n = RandomAccess.Read(file, buffer, at);
            at += n;
            if (at > longest)
            {
                return null;
            }

            if (n == 0)
            {
                return ~crc;
            }

            crc = Update(crc, buffer.AsSpan(0, n));
        }
    }

    /// <summary>The checksum of bytes.</summary>
    internal static uint Of(ReadOnlySpan<byte> bytes) => ~Update(uint.MaxValue, bytes);

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        var tables = s_tables;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            var low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            crc = tables[7][low & 0xff] ^ tables[6][(low >> 8) & 0xff] ^ tables[5][(low >> 16) & 0xff] ^ tables[4][low >> 24]
                ^ tables[3][bytes[4]] ^ tables[2][bytes[5]] ^ tables[1][bytes[6]] ^ tables[0][bytes[7]];
        }

        foreach (var value in bytes)
        {
            crc = tables[0][(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[Slices][];
        for (var slice = 0; slice < Slices; slice++)
        {
            tables[slice] = new uint[256];
            for (uint value = 0; value < 256; value++)
            {
                var crc = slice == 0 ? value : tables[slice - 1][value];
                for (var bit = 0; bit < (slice == 0 ? 8 : 0); bit++)
                {
                    crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
                }

                tables[slice][value] = slice == 0 ? crc : tables[0][(byte)crc] ^ (crc >> 8);
            }
        }

        return tables;
    }
}
