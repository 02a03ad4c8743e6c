namespace BpfInteractive;

/// <summary>One name and value of an enum.</summary>
public readonly record struct BtfEnumValue : IBtfEntry<BtfEnumValue>
{
    private readonly BtfType _owner;
    private readonly uint _name;

    private BtfEnumValue(BtfType owner, uint name, ulong bits)
    {
        _owner = owner;
        _name = name;
        UnsignedValue = bits;
    }

    /// <summary>The name.</summary>
    public string Name => _owner.Data.TextAt(_name);

    /// <summary>The name in UTF-8, without making a string.</summary>
    public ReadOnlySpan<byte> NameUtf8 => _owner.Data.StringAt(_name);

    /// <summary>The value, sign-extended where the enum is signed. Values of an unsigned enum above 2^63 appear negative here.</summary>
    public long Value => (long)UnsignedValue;

    /// <summary>The value's 64 bits without a sign.</summary>
    public ulong UnsignedValue { get; }

    /// <inheritdoc/>
    static BtfEnumValue IBtfEntry<BtfEnumValue>.Of(BtfType owner, int index)
    {
        var data = owner.Data;
        if (owner.Kind == BtfKind.Enum64)
        {
            var at = BtfLayout.CommonLength + (index * BtfLayout.Enum64ValueLength);
            return new BtfEnumValue(owner, data.Word(owner.Id, at), data.Word(owner.Id, at + 4) | ((ulong)data.Word(owner.Id, at + 8) << 32));
        }

        var place = BtfLayout.CommonLength + (index * BtfLayout.EnumValueLength);
        var word = data.Word(owner.Id, place + 4);
        return new BtfEnumValue(owner, data.Word(owner.Id, place), owner.Flag ? (ulong)(long)(int)word : word);
    }

    /// <inheritdoc/>
    public override string ToString() => _owner.Flag ? $"{Name} = {Value}" : $"{Name} = {UnsignedValue}";

    internal uint NameOffset => _name;
}
