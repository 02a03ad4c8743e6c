namespace BpfInteractive;

/// <summary>Where the types and the strings of BTF lie, as its header says.</summary>
internal readonly record struct BtfSections(int TypesOffset, int TypesLength, int StringsOffset, int StringsLength)
{
    internal static BtfSections Read(BtfImage image)
    {
        if (image.Length < BtfLayout.HeaderLength)
        {
            throw new BtfFormatException("BTF", 0, $"the header takes {BtfLayout.HeaderLength} bytes, but there are {image.Length}");
        }

        var first = image.ReadUInt32(0);
        CheckMagic(first);
        if (((first >> 16) & 0xff) != 1)
        {
            throw new BtfFormatException("BTF", 2, $"version {(first >> 16) & 0xff} is not known; version 1 is read");
        }

        var header = image.ReadUInt32(4);
        if (header < BtfLayout.HeaderLength || header > (uint)image.Length)
        {
            throw new BtfFormatException("BTF", 4, $"a header of {header} bytes in {image.Length} bytes of data");
        }

        var (typesOffset, typesLength) = Section(image, 8, header, "types");
        var (stringsOffset, stringsLength) = Section(image, 16, header, "strings");
        if (typesOffset % 4 != 0 || typesLength % 4 != 0)
        {
            throw new BtfFormatException("BTF", 8, "the types are not aligned to 4 bytes");
        }

        // Every look-up of a string relies on this zero.
        if (stringsLength > 0 && image.Slice(stringsOffset + stringsLength - 1, 1)[0] != 0)
        {
            throw new BtfFormatException("BTF", stringsOffset + stringsLength - 1, "the strings do not end with a zero");
        }

        return new BtfSections(typesOffset, typesLength, stringsOffset, stringsLength);
    }

    private static void CheckMagic(uint first)
    {
        switch (first & 0xffff)
        {
            case BtfLayout.Magic:
                return;
            case 0x9feb:
                throw new BtfFormatException("BTF", 0, "it is big-endian; only little-endian BTF is read");
            default:
                throw new BtfFormatException("BTF", 0, $"it starts with 0x{first & 0xffff:x4}, and not with BTF's magic 0xeb9f");
        }
    }

    private static (int Offset, int Length) Section(BtfImage image, int at, uint header, string name)
    {
        long offset = header + (long)image.ReadUInt32(at);
        long length = image.ReadUInt32(at + 4);
        return offset + length <= image.Length
            ? ((int)offset, (int)length)
            : throw new BtfFormatException("BTF", at, $"the {name} end at 0x{offset + length:x}, but the data at 0x{image.Length:x}");
    }
}
