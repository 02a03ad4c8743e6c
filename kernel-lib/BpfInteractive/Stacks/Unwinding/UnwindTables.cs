using System.Buffers.Binary;
using System.IO.Compression;

namespace BpfInteractive;

/// <summary>Reads from ELF files what they say of their code.</summary>
internal static class UnwindTables
{
    /// <summary>Browsers have 20 MB. Nothing longer is read: a sparse file of any size costs its maker nothing.</summary>
    private const ulong Longest = 96 << 20;
    private const uint HeaderSegment = 0x6474e550; // PT_GNU_EH_FRAME
    private const ulong CompressedFlag = 0x800;
    private const int CompressionHeader = 24;

    /// <summary>Reads a file; what is damaged in it is as if it were not there.</summary>
    internal static UnwindTable Read(ElfFile file, UnwindArchitecture architecture)
    {
        var sections = new List<(CfiSection, CfiIndex)>(2);
        if (file.Machine == architecture.Machine)
        {
            Add(sections, () => ReadMapped(file) ?? ReadUnindexed(file));
            Add(sections, () => ReadDebugFrame(file));
        }

        return new UnwindTable(sections, AddressMap.Of(file), architecture);
    }

    private static void Add(List<(CfiSection, CfiIndex)> sections, Func<(CfiSection, CfiIndex)?> read)
    {
        try
        {
            if (read() is { } found)
            {
                sections.Add(found);
            }
        }
        catch (Exception damage) when (damage is SymbolFileException or IOException or InvalidDataException)
        {
            // Frames of this file go by frame pointer, and say so.
        }
    }

    /// <summary>.eh_frame by its header: program headers alone are needed, which no tool strips.</summary>
    private static (CfiSection, CfiIndex)? ReadMapped(ElfFile file)
    {
        foreach (var segment in file.Segments)
        {
            if (segment.Kind != HeaderSegment || segment.FileSize > Longest)
            {
                continue;
            }

            var header = file.Read(segment.Offset, segment.FileSize, ".eh_frame_hdr");
            if (CfiHeaderIndex.SectionOf(header, segment.Address) is not { } address || ReadFrom(file, address) is not { } bytes)
            {
                continue;
            }

            var section = new CfiSection(bytes, new CfiPointer.Bases(address), isDebugFrame: false);
            return (section, (CfiIndex?)CfiHeaderIndex.Of(header, segment.Address, address) ?? CfiScannedIndex.Of(section));
        }

        return null;
    }

    /// <summary>.eh_frame without a header: static programs.</summary>
    private static (CfiSection, CfiIndex)? ReadUnindexed(ElfFile file)
    {
        if (file.Find(".eh_frame") is not { Size: > 0 and <= Longest } found)
        {
            return null;
        }

        var section = new CfiSection(file.Read(found), new CfiPointer.Bases(found.Address), isDebugFrame: false);
        return (section, CfiScannedIndex.Of(section));
    }

    /// <summary>.debug_frame: Go writes nothing else, and musl's assembly has no other.</summary>
    private static (CfiSection, CfiIndex)? ReadDebugFrame(ElfFile file)
    {
        if (file.Find(".debug_frame") is not { Size: > 0 and <= Longest } found)
        {
            return null;
        }

        var bytes = file.Read(found);
        var section = new CfiSection((found.Flags & CompressedFlag) != 0 ? Decompress(bytes) : bytes, new CfiPointer.Bases(0), isDebugFrame: true);
        return (section, CfiScannedIndex.Of(section));
    }

    /// <summary>From an address to the end of what its segment has in the file.</summary>
    private static byte[]? ReadFrom(ElfFile file, ulong address)
    {
        foreach (var segment in file.Segments)
        {
            var within = address - segment.Address;
            if (segment.Kind == ElfFile.Segment.Load && within < segment.FileSize)
            {
                var length = Math.Min(segment.FileSize - within, SectionSize(file, address) ?? ulong.MaxValue);
                return length <= Longest ? file.Read(segment.Offset + within, length, ".eh_frame") : null;
            }
        }

        return null;
    }

    /// <summary>Its own size, where the section headers are there: other things may follow in the segment.</summary>
    private static ulong? SectionSize(ElfFile file, ulong address)
    {
        try
        {
            return file.Find(".eh_frame") is { Size: > 0 } section && section.Address == address ? section.Size : null;
        }
        catch (SymbolFileException)
        {
            return null;
        }
    }

    private static byte[] Decompress(byte[] bytes)
    {
        const uint Zlib = 1;
        if (bytes.Length < CompressionHeader || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Zlib
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)) is var size && size > Longest)
        {
            throw new SymbolFileException("its .debug_frame is compressed in a way that is not read");
        }

        var output = new byte[size];
        using var stream = new ZLibStream(new MemoryStream(bytes, CompressionHeader, bytes.Length - CompressionHeader), CompressionMode.Decompress);
        stream.ReadExactly(output);
        return output;
    }
}
