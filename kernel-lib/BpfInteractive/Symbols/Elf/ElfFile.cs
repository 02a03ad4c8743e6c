using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// A program or a shared library as a source of symbols: its headers are read at once, its sections when asked. Nothing of the file is
/// trusted (it can come from a container, or change while it is read), so it is read by pread and never mapped: a file that is truncated
/// under a mapping kills the reader by SIGBUS. All offsets are checked and all sizes bounded.
/// </summary>
/// <remarks>64-bit little-endian files only, which covers x86-64 and aarch64. Not thread-safe. Owns the descriptor, unless it is borrowed.</remarks>
internal sealed class ElfFile : IDisposable
{
    /// <summary>The largest section that is read: eleven million symbols. A sparse file claims any size, and costs its writer nothing.</summary>
    private const long LargestSection = 256L << 20;
    private const int HeaderLength = 64;
    private const int ProgramHeaderLength = 56;
    private const int SectionHeaderLength = 64;
    private const int LargestTable = 65535 * SectionHeaderLength;

    private readonly SafeFileHandle? _file;
    private readonly byte[] _memory;
    private readonly byte[] _header;
    private readonly FileStamp _stamp;
    private readonly bool _ownsFile;
    private Section[]? _sections;

    private ElfFile(SafeFileHandle? file, byte[] memory, bool ownsFile)
    {
        _file = file;
        _ownsFile = ownsFile;
        _memory = memory;
        _stamp = file is null ? default : FileStamp.Of(file);
        LengthBytes = file is null ? memory.Length : RandomAccess.GetLength(file);
        _header = Read(0, HeaderLength, "header");
        CheckHeader(_header);
        Machine = BinaryPrimitives.ReadUInt16LittleEndian(_header.AsSpan(18));
        IsExecutableAtFixedAddress = BinaryPrimitives.ReadUInt16LittleEndian(_header.AsSpan(16)) == 2;
        Segments = ReadSegments(_header);
    }

    /// <summary>A stretch of the file that is mapped (PT_LOAD), a note, or the like.</summary>
    internal readonly record struct Segment(uint Kind, uint Flags, ulong Offset, ulong Address, ulong FileSize)
    {
        internal const uint Load = 1;
        internal const uint Note = 4;

        internal bool IsExecutable => (Flags & 1) != 0;
    }

    internal readonly record struct Section(string Name, uint Kind, ulong Flags, ulong Address, ulong Offset, ulong Size, uint Link, ulong EntrySize)
    {
        internal const uint NoBits = 8;

        internal bool IsExecutable => (Flags & 4) != 0;

        internal bool IsLoaded => (Flags & 2) != 0;
    }

    internal long LengthBytes { get; }

    internal ushort Machine { get; }

    /// <summary>ET_EXEC: its addresses are final. Shared libraries and position-independent programs are ET_DYN.</summary>
    internal bool IsExecutableAtFixedAddress { get; }

    internal IReadOnlyList<Segment> Segments { get; }

    /// <exception cref="SymbolFileException">Their table is damaged.</exception>
    internal IReadOnlyList<Section> Sections => _sections ??= ReadSections(_header);

    /// <summary>Takes over an open file.</summary>
    /// <exception cref="SymbolFileException">It is no ELF file that can be read; the descriptor is closed.</exception>
    internal static ElfFile Open(SafeFileHandle file)
    {
        try
        {
            return new ElfFile(file, [], ownsFile: true);
        }
        catch (Exception e) when (e is SymbolFileException or IOException or UnauthorizedAccessException or OverflowException)
        {
            file.Dispose();
            throw e as SymbolFileException ?? new SymbolFileException(e.Message);
        }
    }

    /// <summary>Reads a file that is in memory: one that was inside another.</summary>
    /// <exception cref="SymbolFileException">It is no ELF file that can be read.</exception>
    internal static ElfFile Parse(byte[] bytes) => new(null, bytes, ownsFile: false);

    /// <summary>Reads a file that somebody else holds open, and who keeps it so while this is used.</summary>
    /// <exception cref="SymbolFileException">It is no ELF file that can be read.</exception>
    internal static ElfFile Borrow(SafeFileHandle file)
    {
        try
        {
            return new ElfFile(file, [], ownsFile: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException or OverflowException)
        {
            throw new SymbolFileException(e.Message);
        }
    }

    internal static ElfFile Open(string path) => Open(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    internal Section? Find(string name)
    {
        foreach (var section in Sections)
        {
            if (section.Name == name)
            {
                return section;
            }
        }

        return null;
    }

    /// <summary>A section's bytes, not decompressed; none where it takes no room in the file.</summary>
    internal byte[] Read(Section section) =>
        section.Kind == Section.NoBits ? [] : Read(section.Offset, section.Size, section.Name);

    /// <summary>The section a table's Link names: the strings of a symbol table.</summary>
    internal Section LinkOf(Section section) =>
        section.Link < Sections.Count ? Sections[(int)section.Link] : throw new SymbolFileException($"{section.Name} has no strings");

    /// <summary>The build id, from the notes the program headers name; empty when there is none.</summary>
    internal BuildId ReadBuildId()
    {
        foreach (var segment in Segments)
        {
            if (segment.Kind == Segment.Note && segment.FileSize is > 0 and <= 65536
                && ElfNotes.FindBuildId(Read(segment.Offset, segment.FileSize, "note")) is { IsEmpty: false } id)
            {
                return id;
            }
        }

        return Find(".note.gnu.build-id") is { Size: <= 65536 } section ? ElfNotes.FindBuildId(Read(section)) : default;
    }

    /// <summary>The address, in the file's own terms, of a place in the file: how a mapping's offset becomes a symbol's value.</summary>
    /// <remarks>Segments may share bytes of the file (packers do that, and linkers at page borders): code is looked for in executable ones first.</remarks>
    internal bool TryGetAddress(ulong fileOffset, out ulong address) =>
        TryGetAddress(fileOffset, executable: true, out address) || TryGetAddress(fileOffset, executable: false, out address);

    private bool TryGetAddress(ulong fileOffset, bool executable, out ulong address)
    {
        foreach (var segment in Segments)
        {
            if (segment.Kind == Segment.Load && segment.IsExecutable == executable
                && fileOffset >= segment.Offset && fileOffset - segment.Offset < segment.FileSize)
            {
                address = unchecked(segment.Address + (fileOffset - segment.Offset));
                return true;
            }
        }

        address = 0;
        return false;
    }

    public void Dispose()
    {
        if (_ownsFile)
        {
            _file?.Dispose();
        }
    }

    private static void CheckHeader(ReadOnlySpan<byte> header)
    {
        if (header.StartsWith("MZ"u8))
        {
            throw new SymbolFileException("it is a .NET or Windows image", FrameReason.DotnetImage);
        }

        if (!header.StartsWith("\u007fELF"u8))
        {
            throw new SymbolFileException("it is no ELF file");
        }

        if (header[4] != 2 || header[5] != 1)
        {
            throw new SymbolFileException("it is a 32-bit or big-endian ELF file, which is not read");
        }
    }

    private static string NameAt(ReadOnlySpan<byte> names, uint at)
    {
        if (at >= names.Length)
        {
            return "";
        }

        var end = names[(int)at..].IndexOf((byte)0);
        return end < 0 ? "" : Encoding.UTF8.GetString(names.Slice((int)at, end));
    }

    private Segment[] ReadSegments(ReadOnlySpan<byte> header)
    {
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        if (count == 0)
        {
            return [];
        }

        CheckEntry(BinaryPrimitives.ReadUInt16LittleEndian(header[54..]), ProgramHeaderLength, "program header");
        var table = Read(BinaryPrimitives.ReadUInt64LittleEndian(header[32..]), (ulong)count * ProgramHeaderLength, "program headers");
        var segments = new Segment[count];
        for (var i = 0; i < count; i++)
        {
            var entry = table.AsSpan(i * ProgramHeaderLength, ProgramHeaderLength);
            segments[i] = new Segment(
                BinaryPrimitives.ReadUInt32LittleEndian(entry),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]));
        }

        return segments;
    }

    private Section[] ReadSections(ReadOnlySpan<byte> header)
    {
        var at = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]);
        if (at == 0)
        {
            return []; // Stripped of its section headers (sstrip, some packers): the dynamic segment alone is left.
        }

        CheckEntry(BinaryPrimitives.ReadUInt16LittleEndian(header[58..]), SectionHeaderLength, "section header");
        ulong count = BinaryPrimitives.ReadUInt16LittleEndian(header[60..]);
        uint namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(header[62..]);
        var first = Read(at, SectionHeaderLength, "section headers");

        // With 65,280 sections or more the numbers stand in the first, empty section (gABI, "ELF Header").
        count = count != 0 ? count : BinaryPrimitives.ReadUInt64LittleEndian(first.AsSpan(32));
        namesIndex = namesIndex != 0xffff ? namesIndex : BinaryPrimitives.ReadUInt32LittleEndian(first.AsSpan(40));
        if (count > LargestTable / SectionHeaderLength || namesIndex >= count)
        {
            throw new SymbolFileException(string.Create(CultureInfo.InvariantCulture, $"its {count} section headers are damaged"));
        }

        var table = Read(at, count * SectionHeaderLength, "section headers");
        var namesHeader = ParseSection(table.AsSpan((int)namesIndex * SectionHeaderLength), default);
        var names = namesHeader.Kind == Section.NoBits ? [] : Read(namesHeader.Offset, namesHeader.Size, "section names");
        var sections = new Section[count];
        for (var i = 0; i < sections.Length; i++)
        {
            sections[i] = ParseSection(table.AsSpan(i * SectionHeaderLength), names);
        }

        return sections;
    }

    private static Section ParseSection(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> names) => new(
        NameAt(names, BinaryPrimitives.ReadUInt32LittleEndian(entry)),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
        BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]),
        BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[40..]),
        BinaryPrimitives.ReadUInt64LittleEndian(entry[56..]));

    private static void CheckEntry(int length, int wanted, string what)
    {
        if (length != wanted)
        {
            throw new SymbolFileException(string.Create(CultureInfo.InvariantCulture, $"a {what} of {length} bytes, not {wanted}"));
        }
    }

    /// <summary>As <see cref="Read(Section)"/>, into memory that another file's section was in before. Dispose of it.</summary>
    internal RentedBytes Rent(Section section)
    {
        if (section.Kind == Section.NoBits)
        {
            return default;
        }

        Check(section.Offset, section.Size, section.Name);
        var bytes = new RentedBytes((int)section.Size);
        try
        {
            Fill(bytes.Span, section.Offset, section.Name);
            return bytes;
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Some of its bytes, checked.</summary>
    internal byte[] Read(ulong offset, ulong length, string what)
    {
        Check(offset, length, what);
        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        Fill(bytes, offset, what);
        return bytes;
    }

    /// <summary>Some of its bytes, checked, to be read when they are needed: for as long as the file is open.</summary>
    internal FileStretch Stretch(ulong offset, ulong length, string what)
    {
        if (_file is null)
        {
            return FileStretch.Of(Read(offset, length, what));
        }

        Check(offset, length, what);
        return FileStretch.Of(_file, _stamp, (long)offset, (int)length);
    }

    /// <exception cref="SymbolFileException">A section lies outside of the file, or is larger than is read.</exception>
    internal void Check(Section section)
    {
        if (section.Kind != Section.NoBits)
        {
            Check(section.Offset, section.Size, section.Name);
        }
    }

    private void Check(ulong offset, ulong length, string what)
    {
        if (length > LargestSection || offset > (ulong)LengthBytes || length > (ulong)LengthBytes - offset)
        {
            throw new SymbolFileException(string.Create(
                CultureInfo.InvariantCulture, $"its {what} (0x{length:x} bytes at 0x{offset:x}) lies outside of the file's 0x{LengthBytes:x} bytes"));
        }
    }

    /// <summary>Reads bytes of a part that was checked.</summary>
    /// <exception cref="SymbolFileException">The file became shorter.</exception>
    internal void Fill(Span<byte> bytes, ulong offset, string what)
    {
        if (_file is null)
        {
            _memory.AsSpan((int)offset, bytes.Length).CopyTo(bytes);
            return;
        }

        for (int done = 0, n; done < bytes.Length; done += n)
        {
            n = RandomAccess.Read(_file, bytes[done..], (long)offset + done);
            if (n == 0)
            {
                throw new SymbolFileException($"it became shorter while its {what} was read");
            }
        }
    }
}

/// <summary>Bytes of the pool.</summary>
internal readonly ref struct RentedBytes(int length)
{
    private readonly byte[]? _bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(length);

    internal Span<byte> Span => _bytes.AsSpan(0, length);

    public void Dispose()
    {
        if (_bytes is not null)
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
