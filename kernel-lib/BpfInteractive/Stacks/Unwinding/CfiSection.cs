namespace BpfInteractive;

/// <summary>What all functions of a group have in common (a CIE).</summary>
/// <param name="CodeUnit">What advances of the place are multiplied by.</param>
/// <param name="DataUnit">What offsets of saved registers are multiplied by.</param>
/// <param name="ReturnColumn">The register that stands for the return address.</param>
/// <param name="Encoding">How a function's begin and end are encoded.</param>
/// <param name="HasData">Whether each function carries bytes for others, to be gone past.</param>
/// <param name="IsSignalFrame">Whether these functions are what a signal handler returns to: their caller was interrupted, and has not called.</param>
/// <param name="ProgramStart">Where the instructions begin that come before those of each function.</param>
/// <param name="ProgramEnd">Where they end.</param>
internal readonly record struct CfiCommon(
    ulong CodeUnit, long DataUnit, int ReturnColumn, byte Encoding, bool HasData, bool IsSignalFrame, int ProgramStart, int ProgramEnd);

/// <summary>What is said of one function (an FDE).</summary>
/// <param name="Start">Its first address, in the file's own terms.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Common">What it has in common with others.</param>
/// <param name="ProgramStart">Where its instructions begin.</param>
/// <param name="ProgramEnd">Where they end.</param>
internal readonly record struct CfiFunction(ulong Start, ulong Length, CfiCommon Common, int ProgramStart, int ProgramEnd)
{
    internal bool Holds(ulong address) => address - Start < Length;
}

/// <summary>The bytes of .eh_frame or .debug_frame, and the entries in them (Linux Standard Base, "The .eh_frame section"; DWARF 5, 6.4.1).</summary>
/// <remarks>One thread at a time; what a reader reads is valid until the next is made.</remarks>
internal sealed class CfiSection(FileStretch bytes, CfiPointer.Bases bases, bool isDebugFrame)
{
    /// <summary>Compilers write up to six letters.</summary>
    private const int LongestAugmentation = 16;
    private const uint LongForm = uint.MaxValue;
    private const int LongestLength = sizeof(uint) + sizeof(ulong);

    internal CfiSection(byte[] bytes, CfiPointer.Bases bases, bool isDebugFrame)
        : this(FileStretch.Of(bytes), bases, isDebugFrame)
    {
    }

    /// <summary>The memory it takes.</summary>
    internal long SizeBytes => bytes.SizeBytes;

    internal CfiPointer.Bases Bases => bases;

    /// <summary>An entry's frame: where its contents lie, where the next one begins.</summary>
    private readonly record struct Extent(int Contents, int End, bool IsLong);

    /// <summary>Reads from one place to another; a broken reader where that is not in the section, is too much at once, or cannot be read any more.</summary>
    internal CfiReader Reader(int from, int to)
    {
        var piece = bytes.Take(from, to - from);
        var reader = new CfiReader(piece, from, to, from);
        if (piece.Length != to - from)
        {
            reader.Break();
        }

        return reader;
    }

    /// <summary>Reads the function whose entry begins at a place.</summary>
    internal bool TryReadFunction(int at, out CfiFunction function) => TryRead(at, out _, out function, out _) && function.ProgramEnd > 0;

    /// <summary>Reads whatever begins at a place; of what is no function there is only where the next entry begins.</summary>
    /// <returns>Whether there is one.</returns>
    internal bool TryRead(int at, out int next, out CfiFunction function, out bool isDamaged)
    {
        function = default;
        isDamaged = false;
        next = at;
        if (!TryReadExtent(at, out var extent))
        {
            return false;
        }

        next = extent.End;
        var reader = Reader(extent.Contents, Math.Min(extent.End, extent.Contents + IdLength(extent)));
        var id = ReadId(ref reader, extent);
        if (IsCommon(id, extent.IsLong))
        {
            return true;
        }

        var commonAt = isDebugFrame ? id : unchecked((ulong)extent.Contents - id);
        isDamaged = commonAt >= (ulong)bytes.Length || !TryReadCommon((int)commonAt, out var common) || !TryReadFunction(extent, common, out function);
        return true;
    }

    private bool IsCommon(ulong id, bool isLong) => isDebugFrame ? id == (isLong ? ulong.MaxValue : uint.MaxValue) : id == 0;

    private bool TryReadExtent(int at, out Extent extent)
    {
        var reader = Reader(at, (int)Math.Min((long)at + LongestLength, bytes.Length));
        ulong length = reader.UInt32();
        var isLong = length == LongForm;
        length = isLong ? reader.UInt64() : length;
        if (reader.IsBroken || length == 0 || length > (ulong)(bytes.Length - reader.At))
        {
            extent = default;
            return false;
        }

        extent = new Extent(reader.At, reader.At + (int)length, isLong);
        return true;
    }

    /// <summary>An entry's first word: of a function, where what it has in common with others stands.</summary>
    private ulong ReadId(ref CfiReader reader, in Extent extent) => IdLength(extent) == sizeof(ulong) ? reader.UInt64() : reader.UInt32();

    private int IdLength(in Extent extent) => extent.IsLong && isDebugFrame ? sizeof(ulong) : sizeof(uint);

    private bool TryReadFunction(in Extent extent, in CfiCommon common, out CfiFunction function)
    {
        var reader = Reader(extent.Contents + IdLength(extent), extent.End);
        var start = CfiPointer.Read(ref reader, common.Encoding, bases);
        var length = CfiPointer.Read(ref reader, CfiPointer.FormatOf(common.Encoding), bases);
        if (common.HasData)
        {
            reader.Skip(reader.Unsigned());
        }

        function = reader.IsBroken ? default : new CfiFunction(start, length, common, reader.At, extent.End);
        return !reader.IsBroken;
    }

    private bool TryReadCommon(int at, out CfiCommon common)
    {
        common = default;
        if (!TryReadExtent(at, out var extent))
        {
            return false;
        }

        var reader = Reader(extent.Contents, extent.End);
        var id = ReadId(ref reader, extent);
        var version = reader.Byte();
        if (!IsCommon(id, extent.IsLong) || version is not (1 or 3 or 4))
        {
            return false;
        }

        var augmentation = reader.ZeroTerminated(LongestAugmentation);
        if (version == 4 && (reader.Byte() != 8 || reader.Byte() != 0))
        {
            return false; // Addresses of another size, or segments.
        }

        if (augmentation.StartsWith("eh"u8))
        {
            reader.Skip(8); // What GCC 2 wrote.
            augmentation = augmentation[2..];
        }

        var codeUnit = reader.Unsigned();
        var dataUnit = reader.Signed();
        var column = version == 1 ? reader.Byte() : reader.Count();
        return TryReadAugmentation(ref reader, augmentation, out var encoding, out var isSignal)
            && Accept(common = new CfiCommon(codeUnit, dataUnit, column, encoding, augmentation is [(byte)'z', ..], isSignal, reader.At, extent.End), !reader.IsBroken);
    }

    private static bool Accept(in CfiCommon common, bool isWhole) => isWhole && common.ReturnColumn < UnwindArchitecture.MostRegisters;

    private bool TryReadAugmentation(ref CfiReader reader, ReadOnlySpan<byte> letters, out byte encoding, out bool isSignal)
    {
        encoding = CfiPointer.Absolute;
        isSignal = false;
        if (letters.IsEmpty)
        {
            return true;
        }

        if (letters[0] != 'z')
        {
            return false; // Without the length there is no way past what is not known.
        }

        var length = reader.Unsigned();
        var from = reader.At;
        foreach (var letter in letters[1..])
        {
            switch ((char)letter)
            {
                case 'R':
                    encoding = reader.Byte();
                    break;
                case 'P':
                    CfiPointer.Skip(ref reader, reader.Byte(), bases);
                    break;
                case 'L':
                    reader.Byte();
                    break;
                case 'S':
                    isSignal = true;
                    break;
                case 'B' or 'G':
                    break; // aarch64: which key signs, and memory tags. No bytes.
                default:
                    goto Past;
            }
        }

    Past:
        reader.GoTo(from);
        reader.Skip(length);
        return !reader.IsBroken;
    }
}
