using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A map of an object that is not loaded yet, with what can be set before load.</summary>
public sealed unsafe partial class OpenBpfMap
{
    private readonly OpenBpfObject _object;
    private readonly nint _pointer;

    internal OpenBpfMap(OpenBpfObject owner, nint pointer)
    {
        _object = owner;
        _pointer = pointer;
        Name = MapNames.Of(pointer);
        IsInternal = LibBpf.bpf_map__is_internal(pointer);
    }

    /// <summary>The map's name in the C source.</summary>
    public string Name { get; }

    /// <summary>Whether libbpf makes it to hold globals or kernel configuration.</summary>
    public bool IsInternal { get; }

    /// <summary>The kernel's map type.</summary>
    public BpfMapType Type
    {
        get => (BpfMapType)LibBpf.bpf_map__type(Pointer);
        set => Set(LibBpf.bpf_map__set_type(Pointer, (uint)value), "type");
    }

    /// <summary>Bytes of a key.</summary>
    public int KeySize
    {
        get => (int)LibBpf.bpf_map__key_size(Pointer);
        set => Set(LibBpf.bpf_map__set_key_size(Pointer, Positive(value)), "key size");
    }

    /// <summary>Bytes of a value.</summary>
    public int ValueSize
    {
        get => (int)LibBpf.bpf_map__value_size(Pointer);
        set => Set(LibBpf.bpf_map__set_value_size(Pointer, Positive(value)), "value size");
    }

    /// <summary>The most entries; for a ring buffer its size in bytes (rounded up to a power of two that is a multiple of a page).</summary>
    public uint MaxEntries
    {
        get => LibBpf.bpf_map__max_entries(Pointer);
        set => Set(LibBpf.bpf_map__set_max_entries(Pointer, value), "number of entries");
    }

    /// <summary>The <c>BPF_F_*</c> flags.</summary>
    public uint Flags
    {
        get => LibBpf.bpf_map__map_flags(Pointer);
        set => Set(LibBpf.bpf_map__set_map_flags(Pointer, value), "flags");
    }

    internal string Subject => $"map '{Name}'";

    private nint Pointer
    {
        get
        {
            _object.ThrowIfSpent();
            return _pointer;
        }
    }

    /// <summary>"counts (Hash, 10240 entries)".</summary>
    public override string ToString() => $"{Name} ({Type}, {MaxEntries} entries)";

    private static uint Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return (uint)value;
    }

    private void Set(int result, string what) => Errno.ThrowIfNegative(result, $"set the {what} of", Subject);
}
