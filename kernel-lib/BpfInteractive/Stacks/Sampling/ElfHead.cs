using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>The beginning of an ELF file as a process has it mapped: what its build id is read from when the file itself is gone.</summary>
internal static class ElfHead
{
    private const int HeaderBytes = 64;
    private const int ProgramHeaderBytes = 56;
    private const uint NoteSegment = 4;
    private const uint BuildIdNote = 3;

    /// <summary>The build id; empty where the bytes are no 64-bit little-endian ELF file, or its notes lie further behind.</summary>
    internal static BuildId BuildIdOf(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeaderBytes || !head.StartsWith("\u007fELF\u0002\u0001"u8))
        {
            return default;
        }

        var headers = BinaryPrimitives.ReadUInt64LittleEndian(head[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(head[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(head[56..]);
        for (var at = 0; at < count && size >= ProgramHeaderBytes; at++)
        {
            if (Slice(head, headers + ((ulong)at * size), ProgramHeaderBytes) is not { IsEmpty: false } header)
            {
                break;
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == NoteSegment
                && FindIn(Slice(head, BinaryPrimitives.ReadUInt64LittleEndian(header[8..]), BinaryPrimitives.ReadUInt64LittleEndian(header[32..]))) is { IsEmpty: false } found)
            {
                return found;
            }
        }

        return default;
    }

    private static BuildId FindIn(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            var nameLength = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            var type = BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]);
            var start = 12 + (((ulong)nameLength + 3) & ~3ul);
            var next = start + (((ulong)length + 3) & ~3ul);
            if (start + length > (ulong)notes.Length)
            {
                break;
            }

            if (type == BuildIdNote && length is > 0 and <= BuildId.MaxLength && nameLength == 4 && notes.Slice(12, 4).SequenceEqual("GNU\0"u8))
            {
                return new BuildId(notes.Slice((int)start, (int)length));
            }

            notes = next < (ulong)notes.Length ? notes[(int)next..] : [];
        }

        return default;
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> bytes, ulong start, ulong length) =>
        start <= (ulong)bytes.Length && length <= (ulong)bytes.Length - start ? bytes.Slice((int)start, (int)length) : [];
}
