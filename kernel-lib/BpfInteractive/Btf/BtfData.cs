using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// BTF, the kernel's compact description of C types: of the running kernel (<see cref="Kernel"/>), of one of its modules, or of a
/// compiled BPF object. Types are numbered; 0 is <c>void</c>. Nothing is copied out and no string is made until it is asked for.
/// Instances are immutable and safe for use by several threads.
/// </summary>
/// <remarks>The format: Documentation/bpf/btf.rst in the kernel's sources. Data from outside is validated whole by <see cref="Parse"/>:
/// every number, name and extent, and that no type contains itself.</remarks>
[SuppressMessage("Naming", "CA1710", Justification = "BTF data is more than the list of its types.")]
public sealed partial class BtfData
{
    private readonly BtfImage _image;
    private readonly BtfData? _base;
    private readonly int[] _offsets;
    private readonly int _firstId;
    private readonly int _stringsOffset;
    private readonly int _stringsLength;
    private readonly int _firstString;

    private BtfData(BtfImage image, BtfData? baseData, bool validate)
    {
        _image = image;
        _base = baseData;
        _firstId = baseData?.TypeCount ?? 1;
        _firstString = baseData is null ? 0 : baseData._firstString + baseData._stringsLength;
        var sections = BtfSections.Read(image);
        _stringsOffset = sections.StringsOffset;
        _stringsLength = sections.StringsLength;
        _offsets = BtfScanner.FindTypes(image, sections, out var count);
        TypeCount = _firstId + count;
        TypesLength = sections.TypesLength;
        if (validate)
        {
            BtfValidator.Validate(this, _firstId);
        }
    }

    /// <summary>The number of types, <c>void</c> and those of a base included: valid numbers are 0 to TypeCount - 1.</summary>
    public int TypeCount { get; }

    /// <summary>The BTF this one extends (a module's extends the kernel's), or null.</summary>
    public BtfData? Base => _base;

    /// <summary>The number of the first type that is this data's own and not its base's.</summary>
    internal int FirstId => _firstId;

    internal int TypesLength { get; }

    internal int StringsLength => _stringsLength;

    /// <summary>The data as it was given, without its base.</summary>
    internal ReadOnlySpan<byte> RawBytes => _image.Slice(0, _image.Length);

    /// <summary>Reads BTF from bytes: a .BTF section, or a file of raw BTF. The bytes are copied.</summary>
    /// <param name="data">The whole of it, from its header on.</param>
    /// <param name="baseData">For split BTF (kernel modules): what it extends.</param>
    /// <exception cref="BtfFormatException">The data is damaged, cut short, big-endian, or of a newer format.</exception>
    public static BtfData Parse(ReadOnlyMemory<byte> data, BtfData? baseData = null) => new(new BtfImage(data.Span), baseData, validate: true);

    /// <summary>The type with a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such number.</exception>
    public BtfType this[int id]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(id);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, TypeCount);
            return new BtfType(this, id);
        }
    }

    /// <summary>All types in the order of their numbers, from 1 on, those of a base included.</summary>
    public IEnumerable<BtfType> Types
    {
        get
        {
            for (var id = 1; id < TypeCount; id++)
            {
                yield return new BtfType(this, id);
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"BTF of {TypeCount - 1} types";

    /// <summary>The type with a number that came out of the data itself.</summary>
    internal BtfType Follow(uint id) => id < (uint)TypeCount
        ? new BtfType(this, (int)id)
        : throw new BtfFormatException("BTF", -1, $"a type refers to type {id}, but the last one is {TypeCount - 1}");

    internal uint NameOffsetOf(int id) => Word(id, 0);

    /// <summary>The kind, the count of entries and the flag in one word; 0 for void.</summary>
    internal uint InfoOf(int id) => id == 0 ? 0 : Word(id, 4);

    internal BtfKind KindOf(int id) => BtfLayout.KindOf(InfoOf(id));

    /// <summary>A 32-bit word of a type's record, <paramref name="at"/> bytes into it.</summary>
    internal uint Word(int id, int at)
    {
        if (id < _firstId)
        {
            return id == 0 ? 0 : _base!.Word(id, at);
        }

        return _image.ReadUInt32(_offsets[id - _firstId] + at);
    }

    /// <summary>Where a type's record stands, for messages.</summary>
    internal int OffsetOf(int id) => id < _firstId ? (_base?.OffsetOf(id) ?? 0) : _offsets[id - _firstId];

    /// <summary>A type's record as bytes, the common part and the tail.</summary>
    internal ReadOnlySpan<byte> RecordOf(int id)
    {
        if (id < _firstId)
        {
            return id == 0 ? default : _base!.RecordOf(id);
        }

        var info = InfoOf(id);
        return _image.Slice(_offsets[id - _firstId], BtfLayout.CommonLength + BtfLayout.TailLength(BtfLayout.KindOf(info), BtfLayout.CountOf(info)));
    }

    /// <summary>The string at an offset, without its terminating zero.</summary>
    internal ReadOnlySpan<byte> StringAt(uint offset)
    {
        if (offset < (uint)_firstString)
        {
            return _base!.StringAt(offset);
        }

        var local = offset - (uint)_firstString;
        if (local >= (uint)_stringsLength)
        {
            if (offset == 0)
            {
                return default;
            }

            throw new BtfFormatException("BTF", -1, $"a name is at offset 0x{offset:x} of the strings, which end at 0x{_firstString + _stringsLength:x}");
        }

        var rest = _image.Slice(_stringsOffset + (int)local, _stringsLength - (int)local);
        return rest[..rest.IndexOf((byte)0)];
    }

    internal string TextAt(uint offset) => offset == 0 ? "" : Encoding.UTF8.GetString(StringAt(offset));
}
