namespace BpfInteractive;

/// <summary>Reads from ELF files what they say of their code.</summary>
internal static class UnwindTables
{
    /// <summary>Of what is read whole; large programs have some MB. Nothing longer is read: a sparse file of any size costs its maker nothing.</summary>
    private const ulong Longest = 32 << 20;

    /// <summary>Of what is read where it is searched; browsers have 20 MB.</summary>
    private const ulong LongestHeld = 256 << 20;
    private const uint HeaderSegment = 0x6474e550; // PT_GNU_EH_FRAME

    /// <summary>Reads a file, which is not needed afterwards; what is damaged in it is as if it were not there.</summary>
    internal static UnwindTable Read(ElfFile file, UnwindArchitecture architecture) => Read(file, architecture, isHeld: false, null);

    /// <summary>
    /// As above, of a file that somebody holds open for as long as the table is used: a table that can be searched is read a block at a time, where it is searched. When the file is closed,
    /// made shorter or written over meanwhile, what was not yet found is <see cref="UnwindKnowledge.Damaged"/>.
    /// </summary>
    /// <param name="file">The file; itself not needed afterwards, but what it reads from is.</param>
    /// <param name="architecture">The processor.</param>
    /// <param name="memory">Where the memory that the table takes is counted.</param>
    internal static UnwindTable ReadHeld(ElfFile file, UnwindArchitecture architecture, UnwindMemory? memory = null) => Read(file, architecture, isHeld: true, memory);

    private static UnwindTable Read(ElfFile file, UnwindArchitecture architecture, bool isHeld, UnwindMemory? memory)
    {
        var sections = new List<(CfiSection, CfiIndex)>(2);
        if (file.Machine == architecture.Machine)
        {
            Add(sections, () => ReadMapped(file, isHeld) ?? ReadUnindexed(file));
            Add(sections, () => ReadDebugFrame(file));
        }

        return new UnwindTable(sections, AddressMap.Of(file), architecture, memory);
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
        catch (Exception damage) when (damage is SymbolFileException or IOException)
        {
            // Frames of this file go by frame pointer, and say so.
        }
    }

    /// <summary>.eh_frame by its header: program headers alone are needed, which no tool strips.</summary>
    private static (CfiSection, CfiIndex)? ReadMapped(ElfFile file, bool isHeld)
    {
        foreach (var segment in file.Segments)
        {
            if (segment.Kind != HeaderSegment || segment.FileSize > (isHeld ? LongestHeld : Longest))
            {
                continue;
            }

            var header = Stretch(file, segment.Offset, segment.FileSize, ".eh_frame_hdr", isHeld);
            if (CfiHeaderIndex.SectionOf(header, segment.Address) is not { } address)
            {
                continue;
            }

            // What cannot be searched is read from one end to the other anyway.
            var index = CfiHeaderIndex.Of(header, segment.Address, address);
            if (ReadFrom(file, address, isHeld && index is not null) is { } bytes)
            {
                var section = new CfiSection(bytes, new CfiPointer.Bases(address), isDebugFrame: false);
                return (section, (CfiIndex?)index ?? CfiScannedIndex.Of(section));
            }
        }

        return null;
    }

    private static FileStretch Stretch(ElfFile file, ulong offset, ulong length, string what, bool isHeld) =>
        isHeld ? file.Stretch(offset, length, what) : FileStretch.Of(file.Read(offset, length, what));

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

        var section = new CfiSection(CompressedSection.Read(file, found, (long)Longest), new CfiPointer.Bases(0), isDebugFrame: true);
        return (section, CfiScannedIndex.Of(section));
    }

    /// <summary>From an address to the end of what its segment has in the file.</summary>
    private static FileStretch? ReadFrom(ElfFile file, ulong address, bool isHeld)
    {
        foreach (var segment in file.Segments)
        {
            var within = address - segment.Address;
            if (segment.Kind == ElfFile.Segment.Load && within < segment.FileSize)
            {
                var length = Math.Min(segment.FileSize - within, SectionSize(file, address) ?? ulong.MaxValue);
                return length <= (isHeld ? LongestHeld : Longest) ? Stretch(file, segment.Offset + within, length, ".eh_frame", isHeld) : null;
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
}
