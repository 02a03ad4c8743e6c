namespace BpfInteractive;

/// <summary>A parameter of a function prototype.</summary>
public readonly record struct BtfParameter : IBtfEntry<BtfParameter>
{
    private readonly BtfType _owner;
    private readonly uint _name;
    private readonly uint _type;

    private BtfParameter(BtfType owner, uint name, uint type)
    {
        _owner = owner;
        _name = name;
        _type = type;
    }

    /// <summary>Its name, or "" if none is known.</summary>
    public string Name => _owner.Data.TextAt(_name);

    /// <summary>Its type.</summary>
    public BtfType Type => _owner.Data.Follow(_type);

    /// <summary>Whether it is the <c>...</c> at the end.</summary>
    public bool IsVariadic => _type == 0 && _name == 0;

    /// <inheritdoc/>
    static BtfParameter IBtfEntry<BtfParameter>.Of(BtfType owner, int index)
    {
        var at = BtfLayout.CommonLength + (index * BtfLayout.ParameterLength);
        return new BtfParameter(owner, owner.Data.Word(owner.Id, at), owner.Data.Word(owner.Id, at + 4));
    }

    /// <inheritdoc/>
    public override string ToString() => IsVariadic ? "..." : $"{Type} {Name}";

    internal uint NameOffset => _name;

    internal int TypeId => (int)_type;
}
