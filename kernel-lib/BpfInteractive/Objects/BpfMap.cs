using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A map of a loaded object.</summary>
/// <remarks>Borrows from its object and is valid as long as that is open.</remarks>
public sealed unsafe partial class BpfMap
{
    private readonly SafeHandle _owner;
    private readonly int _fd;

    internal BpfMap(BpfObject owner, nint pointer)
    {
        Object = owner;
        _owner = owner.Handle;
        _fd = Math.Max(LibBpf.bpf_map__fd(pointer), -1);
        Name = MapNames.Of(pointer);
        Type = (BpfMapType)LibBpf.bpf_map__type(pointer);
        KeySize = (int)LibBpf.bpf_map__key_size(pointer);
        ValueSize = (int)LibBpf.bpf_map__value_size(pointer);
        MaxEntries = LibBpf.bpf_map__max_entries(pointer);
        Flags = LibBpf.bpf_map__map_flags(pointer);
        IsInternal = LibBpf.bpf_map__is_internal(pointer);
        KeyTypeId = (int)LibBpf.bpf_map__btf_key_type_id(pointer);
        ValueTypeId = (int)LibBpf.bpf_map__btf_value_type_id(pointer);
    }

    /// <summary>The object it belongs to; null for a map that was opened or made on its own.</summary>
    public BpfObject? Object { get; }

    /// <summary>The map's name in the C source; ".rodata", ".data" or ".bss" for the maps that hold globals.</summary>
    public string Name { get; }

    /// <summary>The kernel's map type.</summary>
    public BpfMapType Type { get; }

    /// <summary>Bytes of a key.</summary>
    public int KeySize { get; }

    /// <summary>Bytes of a value (of one CPU's value for the per-CPU types).</summary>
    public int ValueSize { get; }

    /// <summary>The most entries it takes; for a ring buffer its size in bytes.</summary>
    public uint MaxEntries { get; }

    /// <summary>The <c>BPF_F_*</c> flags it was made with.</summary>
    public uint Flags { get; }

    /// <summary>Whether libbpf made it to hold globals or kernel configuration.</summary>
    public bool IsInternal { get; }

    /// <summary>The key's type id in the object's BTF, or 0.</summary>
    internal int KeyTypeId { get; }

    /// <summary>The value's type id in the object's BTF, or 0.</summary>
    internal int ValueTypeId { get; }

    /// <summary>The descriptor; hold a <see cref="Borrow"/> while using it.</summary>
    internal int Fd
    {
        get
        {
            ObjectDisposedException.ThrowIf(_owner.IsClosed || (Object?.IsDisposed ?? false), this);
            return _fd >= 0 ? _fd : throw new InvalidOperationException($"map '{Name}' was not made");
        }
    }

    /// <summary>"counts (Hash, 10240 entries)".</summary>
    public override string ToString() => $"{Name} ({Type}, {MaxEntries} entries)";

    /// <summary>Keeps the owner open for the length of a call.</summary>
    internal HandleLease Borrow() => new(_owner);
}
