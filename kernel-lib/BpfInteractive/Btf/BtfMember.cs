namespace BpfInteractive;

/// <summary>A member of a struct or union.</summary>
public readonly record struct BtfMember : IBtfEntry<BtfMember>
{
    private readonly BtfType _owner;
    private readonly uint _name;
    private readonly uint _type;

    private BtfMember(BtfType owner, uint name, uint type, int bitOffset, int bitFieldSize)
    {
        _owner = owner;
        _name = name;
        _type = type;
        BitOffset = bitOffset;
        BitFieldSize = bitFieldSize;
    }

    /// <summary>Its name, or "" if it has none (anonymous structs and unions, padding bit-fields).</summary>
    public string Name => _owner.Data.TextAt(_name);

    /// <summary>Its name in UTF-8, without making a string.</summary>
    public ReadOnlySpan<byte> NameUtf8 => _owner.Data.StringAt(_name);

    /// <summary>Whether it has no name.</summary>
    public bool IsAnonymous => _name == 0;

    /// <summary>Its type.</summary>
    public BtfType Type => _owner.Data.Follow(_type);

    /// <summary>Where it begins, in bits from the start of the type it was found through.</summary>
    public int BitOffset { get; }

    /// <summary>The number of its bits if it is a bit-field; 0 if it is not.</summary>
    public int BitFieldSize { get; }

    /// <summary>Where it begins, in whole bytes; for a bit-field the byte that holds its first bit.</summary>
    public int OffsetBytes => BitOffset / 8;

    /// <inheritdoc/>
    static BtfMember IBtfEntry<BtfMember>.Of(BtfType owner, int index)
    {
        var at = BtfLayout.CommonLength + (index * BtfLayout.MemberLength);
        var data = owner.Data;
        var type = data.Word(owner.Id, at + 4);
        var offset = data.Word(owner.Id, at + 8);
        if (owner.Flag)
        {
            return new BtfMember(owner, data.Word(owner.Id, at), type, (int)(offset & 0xff_ffff), (int)(offset >> 24));
        }

        var (shift, bits) = OldStyleBitField(data.Follow(type));
        return new BtfMember(owner, data.Word(owner.Id, at), type, (int)Math.Min(offset, int.MaxValue - 255) + shift, bits);
    }

    /// <inheritdoc/>
    public override string ToString() => BitFieldSize == 0 ? $"{Type} {Name}" : $"{Type} {Name} : {BitFieldSize}";

    /// <summary>The same member, seen from a type that holds its owner <paramref name="bits"/> further in.</summary>
    internal BtfMember At(int bits) => new(_owner, _name, _type, BitOffset + bits, BitFieldSize);

    internal uint NameOffset => _name;

    internal int TypeId => (int)_type;

    /// <summary>Before clang 8 a bit-field was an integer type of fewer bits than its size, with an offset of its own.</summary>
    private static (int Shift, int Bits) OldStyleBitField(BtfType type)
    {
        var resolved = type.Resolve();
        if (resolved.Kind != BtfKind.Int)
        {
            return (0, 0);
        }

        var word = resolved.Data.Word(resolved.Id, 12);
        var bits = (int)(word & 0xff);
        var shift = (int)((word >> 16) & 0xff);
        return bits == resolved.SizeBytes * 8 && shift == 0 ? (0, 0) : (shift, bits);
    }
}
