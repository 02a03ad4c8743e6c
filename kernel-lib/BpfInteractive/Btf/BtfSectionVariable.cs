namespace BpfInteractive;

/// <summary>A variable of a data section: <c>.data</c>, <c>.bss</c>, <c>.rodata</c>, <c>.maps</c>, <c>.ksyms</c>.</summary>
/// <remarks>clang leaves all offsets at 0; a loader takes them from the symbols of the ELF file.</remarks>
public readonly record struct BtfSectionVariable : IBtfEntry<BtfSectionVariable>
{
    private readonly BtfType _owner;
    private readonly uint _variable;

    private BtfSectionVariable(BtfType owner, uint variable, uint offset, uint size)
    {
        _owner = owner;
        _variable = variable;
        OffsetBytes = (int)Math.Min(offset, int.MaxValue);
        SizeBytes = (int)Math.Min(size, int.MaxValue);
    }

    /// <summary>The variable (a function for <c>.ksyms</c>): its name, and its type as <see cref="BtfType.Target"/>.</summary>
    public BtfType Variable => _owner.Data.Follow(_variable);

    /// <summary>Its name.</summary>
    public string Name => Variable.Name;

    /// <summary>Its type.</summary>
    public BtfType Type => Variable.Target;

    /// <summary>Where it begins in its section.</summary>
    public int OffsetBytes { get; }

    /// <summary>How many bytes it takes there.</summary>
    public int SizeBytes { get; }

    /// <inheritdoc/>
    static BtfSectionVariable IBtfEntry<BtfSectionVariable>.Of(BtfType owner, int index)
    {
        var at = BtfLayout.CommonLength + (index * BtfLayout.SectionVariableLength);
        var data = owner.Data;
        return new BtfSectionVariable(owner, data.Word(owner.Id, at), data.Word(owner.Id, at + 4), data.Word(owner.Id, at + 8));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Variable} at {OffsetBytes}";

    internal int VariableId => (int)_variable;
}
