using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>Reads ELF notes: name size, content size, kind, the name "GNU\0", the content, each padded to four bytes.</summary>
internal static class ElfNotes
{
    private const uint GnuBuildId = 3;

    /// <summary>The build id among these notes; empty when there is none or they are damaged.</summary>
    internal static BuildId FindBuildId(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            var nameSize = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            var contentSize = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            var kind = BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]);
            var contentAt = 12 + Padded(nameSize);
            var end = contentAt + Padded(contentSize);
            if (contentAt + contentSize > (ulong)notes.Length)
            {
                return default;
            }

            if (kind == GnuBuildId && nameSize == 4 && notes.Slice(12, 4).SequenceEqual("GNU\0"u8) && contentSize is > 0 and <= BuildId.MaxLength)
            {
                return new BuildId(notes.Slice((int)contentAt, (int)contentSize));
            }

            notes = end < (ulong)notes.Length ? notes[(int)end..] : default;
        }

        return default;
    }

    private static ulong Padded(uint size) => ((ulong)size + 3) & ~3ul;
}
