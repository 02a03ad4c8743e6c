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
/// <remarks>Immutable, so thread-safe.</remarks>
internal sealed class CfiSection(byte[] bytes, CfiPointer.Bases bases, bool isDebugFrame)
{
    /// <summary>Compilers write up to six letters.</summary>
    private const int LongestAugmentation = 16;
    private const uint LongForm = uint.MaxValue;

    internal byte[] Bytes => bytes;

    internal CfiPointer.Bases Bases => bases;

    /// <summary>An entry's frame: where its contents lie, where the next one begins.</summary>
    private readonly record struct Extent(int Contents, int End, bool IsLong);

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
        var reader = new CfiReader(bytes, extent.Contents, extent.End);
        var place = reader.At;
        var id = extent.IsLong && isDebugFrame ? reader.UInt64() : reader.UInt32();
        if (IsCommon(id, extent.IsLong))
        {
            return true;
        }

        var commonAt = isDebugFrame ? id : unchecked((ulong)place - id);
        isDamaged = commonAt >= (ulong)bytes.Length || !TryReadCommon((int)commonAt, out var common) || !TryReadFunction(ref reader, common, extent.End, out function);
        return true;
    }

    private bool IsCommon(ulong id, bool isLong) => isDebugFrame ? id == (isLong ? ulong.MaxValue : uint.MaxValue) : id == 0;

    private bool TryReadExtent(int at, out Extent extent)
    {
        var reader = new CfiReader(bytes, at, bytes.Length);
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

    private bool TryReadFunction(ref CfiReader reader, in CfiCommon common, int end, out CfiFunction function)
    {
        var start = CfiPointer.Read(ref reader, common.Encoding, bases);
        var length = CfiPointer.Read(ref reader, CfiPointer.FormatOf(common.Encoding), bases);
        if (common.HasData)
        {
            reader.Skip(reader.Unsigned());
        }

        function = reader.IsBroken ? default : new CfiFunction(start, length, common, reader.At, end);
        return !reader.IsBroken;
    }

    private bool TryReadCommon(int at, out CfiCommon common)
    {
        common = default;
        if (!TryReadExtent(at, out var extent))
        {
            return false;
        }

        var reader = new CfiReader(bytes, extent.Contents, extent.End);
        var id = extent.IsLong && isDebugFrame ? reader.UInt64() : reader.UInt32();
        var version = reader.Byte();
        if (!IsCommon(id, extent.IsLong) || version is not (1 or 3 or 4))
        {
            return false;
        }

        var from = reader.At;
        while (reader.Byte() != 0 && reader.At - from <= LongestAugmentation)
        {
        }

        ReadOnlySpan<byte> augmentation = bytes.AsSpan(from, Math.Max(reader.At - from - 1, 0));
        if (reader.IsBroken || augmentation.Length >= LongestAugmentation)
        {
            return false;
        }

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
