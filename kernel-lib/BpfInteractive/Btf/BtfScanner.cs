namespace BpfInteractive;

/// <summary>The one pass over the types: where each begins.</summary>
internal static class BtfScanner
{
    /// <summary>Tail lengths by kind: a fixed part and a part for each entry. A table keeps the pass free of unpredictable branches.</summary>
    private static ReadOnlySpan<byte> FixedTail => [0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> EntryTail => [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    internal static int[] FindTypes(BtfImage image, BtfSections sections, out int count)
    {
        var offsets = GC.AllocateUninitializedArray<int>(sections.TypesLength / BtfLayout.CommonLength);
        var position = sections.TypesOffset;
        var end = position + sections.TypesLength;
        var found = 0;
        while (position < end)
        {
            if (end - position < BtfLayout.CommonLength)
            {
                throw new BtfFormatException("BTF", position, $"the types end in the middle of one: {end - position} bytes are left");
            }

            var info = image.ReadUInt32(position + 4);
            var kind = (int)(info >> 24) & 0x1f;
            if (kind is 0 or > BtfLayout.MaxKind)
            {
                throw new BtfFormatException("BTF", position, $"kind {kind} is not known");
            }

            var length = BtfLayout.CommonLength + FixedTail[kind] + (EntryTail[kind] * BtfLayout.CountOf(info));
            if (length > end - position)
            {
                throw new BtfFormatException("BTF", position, $"a {(BtfKind)kind} of {length} bytes, but the types end after {end - position}");
            }

            offsets[found++] = position;
            position += length;
        }

        count = found;
        return offsets;
    }
}
