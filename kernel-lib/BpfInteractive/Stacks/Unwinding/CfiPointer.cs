namespace BpfInteractive;

/// <summary>Pointers as .eh_frame encodes them: a format in the low four bits, what they are relative to in the next three (Linux Standard Base, "DWARF Exception Header Encoding").</summary>
internal static class CfiPointer
{
    internal const byte Absolute = 0;
    internal const byte Omitted = 0xff;

    private const byte FormatMask = 0x0f;
    private const byte RelativeMask = 0x70;
    private const byte ToItself = 0x10;
    private const byte ToText = 0x20;
    private const byte ToData = 0x30;
    private const byte ToFunction = 0x40;
    private const byte Aligned = 0x50;
    private const byte Indirect = 0x80;

    /// <summary>What pointers are relative to.</summary>
    /// <param name="Address">The address of the bytes' first, in the file's own terms.</param>
    /// <param name="Text">Where .text begins; 0 where that is not known.</param>
    /// <param name="Data">The base of data: in .eh_frame_hdr its own begin.</param>
    /// <param name="Function">The begin of the function at hand.</param>
    internal readonly record struct Bases(ulong Address, ulong Text = 0, ulong Data = 0, ulong Function = 0);

    /// <summary>The bytes of a format; 0 where they vary or there is no such format.</summary>
    internal static int SizeOf(byte encoding) => (encoding & FormatMask) switch
    {
        0 or 4 or 8 or 12 => 8,
        2 or 10 => 2,
        3 or 11 => 4,
        _ => 0,
    };

    /// <summary>The same format, relative to nothing: lengths are encoded so.</summary>
    internal static byte FormatOf(byte encoding) => (byte)(encoding & FormatMask);

    /// <summary>Reads one. An indirect one, whose value stands elsewhere in memory, breaks the reader: nothing that is needed here is.</summary>
    internal static ulong Read(ref CfiReader reader, byte encoding, in Bases bases)
    {
        if (encoding == Omitted)
        {
            return 0;
        }

        var value = ReadRaw(ref reader, encoding, bases, out var at);
        if ((encoding & Indirect) != 0)
        {
            reader.Break();
        }

        return unchecked(value + (encoding & RelativeMask) switch
        {
            ToItself => bases.Address + (ulong)at,
            ToText => bases.Text,
            ToData => bases.Data,
            ToFunction => bases.Function,
            _ => 0,
        });
    }

    /// <summary>Goes past one.</summary>
    internal static void Skip(ref CfiReader reader, byte encoding, in Bases bases)
    {
        if (encoding != Omitted)
        {
            ReadRaw(ref reader, encoding, bases, out _);
        }
    }

    private static ulong ReadRaw(ref CfiReader reader, byte encoding, in Bases bases, out int at)
    {
        if ((encoding & RelativeMask) == Aligned)
        {
            reader.Skip((0 - (bases.Address + (ulong)reader.At)) & 7);
            encoding = Absolute;
        }

        at = reader.At;
        switch (encoding & FormatMask)
        {
            case 0 or 4 or 8 or 12:
                return reader.UInt64();
            case 1:
                return reader.Unsigned();
            case 2:
                return reader.UInt16();
            case 3:
                return reader.UInt32();
            case 9:
                return (ulong)reader.Signed();
            case 10:
                return (ulong)(short)reader.UInt16();
            case 11:
                return (ulong)(int)reader.UInt32();
            default:
                reader.Break();
                return 0;
        }
    }
}
