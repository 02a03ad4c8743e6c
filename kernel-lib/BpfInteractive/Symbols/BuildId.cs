using System.Globalization;

namespace BpfInteractive;

/// <summary>
/// The build id of an ELF file: what the linker wrote into its note NT_GNU_BUILD_ID, 1 to 20 bytes (SHA-1 as a rule). Two files with the
/// same id are the same build; it is the identity by which names are found for code that has no file any more.
/// </summary>
public readonly struct BuildId : IEquatable<BuildId>
{
    /// <summary>The most bytes the kernel keeps of a build id (BUILD_ID_SIZE_MAX, include/linux/buildid.h).</summary>
    public const int MaxLength = 20;

    // Not one UInt128: code that touches such a field cannot be compiled ahead.
    private readonly ulong _high;
    private readonly ulong _middle;
    private readonly uint _low;
    private readonly byte _length;

    /// <summary>Takes the id's bytes.</summary>
    /// <param name="bytes">At most <see cref="MaxLength"/> bytes; more is no build id.</param>
    public BuildId(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxLength, nameof(bytes));
        Span<byte> padded = stackalloc byte[MaxLength];
        padded.Clear();
        bytes.CopyTo(padded);
        _high = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(padded);
        _middle = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(padded[8..]);
        _low = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(padded[16..]);
        _length = (byte)bytes.Length;
    }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>The number of bytes.</summary>
    public int Length => _length;

    /// <summary>Whether two ids are the same.</summary>
    public static bool operator ==(BuildId left, BuildId right) => left.Equals(right);

    /// <summary>Whether two ids differ.</summary>
    public static bool operator !=(BuildId left, BuildId right) => !left.Equals(right);

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="text">Hexadecimal digits, two a byte.</param>
    /// <exception cref="FormatException">It is no build id.</exception>
    public static BuildId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = Convert.FromHexString(text);
        return bytes.Length is > 0 and <= MaxLength
            ? new BuildId(bytes)
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"a build id has 1 to {MaxLength} bytes; this has {bytes.Length}"));
    }

    /// <summary>
    /// Whether both name one build, when one of them may have come from the kernel's build-id stacks: those fill shorter ids up with zeros to
    /// <see cref="MaxLength"/> and do not tell the length (struct bpf_stack_build_id).
    /// </summary>
    public bool IsSameBuild(BuildId other) =>
        _high == other._high && _middle == other._middle && _low == other._low && (_length == other._length || _length == MaxLength || other._length == MaxLength);

    /// <summary>The id as build-id stacks have it, filled up with zeros: one key for both forms.</summary>
    internal BuildId Padded()
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        CopyTo(bytes);
        return new BuildId(bytes);
    }

    /// <inheritdoc/>
    public bool Equals(BuildId other) => _high == other._high && _middle == other._middle && _low == other._low && _length == other._length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BuildId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _middle, _low);

    /// <summary>Hexadecimal digits, two a byte, as file(1), perf and debuginfod write it; empty for none.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        CopyTo(bytes);
        return Convert.ToHexString(bytes[.._length]).ToLowerInvariant();
    }

    private void CopyTo(Span<byte> bytes)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _middle);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], _low);
    }
}
