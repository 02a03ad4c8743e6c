using System.Buffers.Binary;
using System.IO.Compression;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Sections whose bytes are compressed (SHF_COMPRESSED; gABI, "Section Compression"): a header (Elf64_Chdr: kind, padding, size, alignment), and a stream of zlib or zstd.</summary>
internal static class CompressedSection
{
    private const ulong Flag = 0x800;
    private const int HeaderLength = 24;
    private const uint Zlib = 1;
    private const uint Zstandard = 2;

    /// <summary>Deflate makes up to 1,032 bytes of one, zstd any number, of debug information some four to eight. What a small file claims is not allocated.</summary>
    private const ulong LeastUncompressed = 4 << 20;
    private const ulong MostTimes = 64;

    /// <summary>A section's bytes, decompressed where they are compressed.</summary>
    /// <param name="file">The file.</param>
    /// <param name="section">The section.</param>
    /// <param name="most">How many bytes it may have, in the file and out of it.</param>
    /// <exception cref="SymbolFileException">It is damaged, larger than may be, or compressed in a way that is not known or for which this machine has no library.</exception>
    internal static byte[] Read(ElfFile file, ElfFile.Section section, long most)
    {
        if (section.Size > (ulong)most)
        {
            throw new SymbolFileException($"its {section.Name} is larger than may be");
        }

        var bytes = file.Read(section);
        return (section.Flags & Flag) == 0 ? bytes : Decompress(bytes, section.Name, (ulong)most);
    }

    private static byte[] Decompress(byte[] bytes, string name, ulong most)
    {
        var kind = bytes.Length < HeaderLength ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (kind is not (Zlib or Zstandard))
        {
            throw new SymbolFileException($"its {name} is compressed in a way that is not known");
        }

        var size = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8));
        if (size > most)
        {
            throw new SymbolFileException($"its {name} is larger than may be");
        }

        if (size > LeastUncompressed + ((ulong)bytes.Length * MostTimes))
        {
            throw new SymbolFileException($"its {name} is compressed more than such sections can be");
        }

        if (kind == Zstandard && !Zstd.IsAvailable)
        {
            throw new SymbolFileException($"its {name} is compressed by zstd, and there is no libzstd.so.1", FrameReason.NoZstd);
        }

        var whole = GC.AllocateUninitializedArray<byte>((int)size);
        return (kind == Zlib ? Inflate(bytes, whole) : Zstd.Decompress(bytes.AsSpan(HeaderLength), whole)) is { } wrong
            ? throw new SymbolFileException($"its {name} is compressed, and damaged: {wrong}")
            : whole;
    }

    private static string? Inflate(byte[] bytes, byte[] whole)
    {
        try
        {
            using var stream = new ZLibStream(new MemoryStream(bytes, HeaderLength, bytes.Length - HeaderLength), CompressionMode.Decompress);
            stream.ReadExactly(whole);
            return stream.ReadByte() < 0 ? null : "it is longer than it says";
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return e.Message;
        }
    }
}
