namespace BpfInteractive;

/// <summary>What BTF says of the keys and values.</summary>
public sealed partial class BpfMap
{
    private bool? _hasSpinLock;
    private BtfData? _btf;
    private bool _btfRead;

    /// <summary>The key's type; null where the map was made without BTF, or has no keys.</summary>
    public BtfType? KeyType => TypeOf(KeyTypeId);

    /// <summary>The value's type; null where the map was made without BTF.</summary>
    public BtfType? ValueType => TypeOf(ValueTypeId);

    /// <summary>Whether a value holds a struct bpf_spin_lock: look-ups and updates are then made under it (BPF_F_LOCK).</summary>
    public bool HasSpinLock => _hasSpinLock ??= ValueType is { Kind: BtfKind.Struct } type && BtfShapes.HoldsSpinLock(type);

    // Of an object its own, which takes no rights; of a map opened on its own the kernel's copy, read once.
    private BtfData? ReadBtf()
    {
        if (Object is { } owner)
        {
            return owner.Btf;
        }

        lock (_owner)
        {
            if (!_btfRead)
            {
                var id = ReadInfo().BtfId;
                _btf = id == 0 ? null : KernelBtf.ById(id);
                _btfRead = true;
            }

            return _btf;
        }
    }

    private BtfType? TypeOf(int id) => id > 0 && ReadBtf() is { } btf && id < btf.TypeCount ? btf[id] : null;
}
