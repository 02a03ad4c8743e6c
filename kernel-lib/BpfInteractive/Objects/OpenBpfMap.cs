using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A map of an object that is not loaded yet, with what can be set before load.</summary>
public sealed unsafe class OpenBpfMap
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

    /// <summary>The key's type in the object's BTF; 0 where it has none.</summary>
    internal int KeyTypeId => (int)LibBpf.bpf_map__btf_key_type_id(Pointer);

    /// <summary>The value's type in the object's BTF; 0 where it has none.</summary>
    internal int ValueTypeId => (int)LibBpf.bpf_map__btf_value_type_id(Pointer);

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

    /// <summary>
    /// The file on bpffs that this map is pinned to at load and taken from if it is there; null for none. By default from
    /// <c>__uint(pinning, LIBBPF_PIN_BY_NAME)</c>.
    /// </summary>
    public string? PinPath
    {
        get => Marshal.PtrToStringUTF8((nint)LibBpf.bpf_map__pin_path(Pointer));
        set => Set(LibBpf.bpf_map__set_pin_path(Pointer, value), "pin path");
    }

    internal string Subject => $"map '{Name}'";

    internal nint Pointer
    {
        get
        {
            _object.ThrowIfSpent();
            return _pointer;
        }
    }

    /// <summary>Uses a map that exists already instead of making one; this object then holds a reference of its own on it.</summary>
    /// <param name="map">A map of another object, of the same type and sizes.</param>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    public void Reuse(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        using var lease = map.Borrow();
        ReuseDescriptor(map.Fd, map.ToString());
    }

    /// <summary>Uses the map with a kernel id.</summary>
    /// <param name="id">As <c>bpftool map</c> prints it.</param>
    /// <exception cref="BpfException">There is no such map, or this process may not open maps by id (CAP_SYS_ADMIN).</exception>
    public void Reuse(uint id) => ReuseOwned(LibBpf.bpf_map_get_fd_by_id(id), $"map id {id}");

    /// <summary>Uses a pinned map.</summary>
    /// <param name="path">A file on bpffs.</param>
    /// <exception cref="BpfException">There is no map pinned there.</exception>
    public void Reuse(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ReuseOwned(LibBpf.bpf_obj_get(path), $"pinned map '{path}'");
    }

    /// <summary>"counts (Hash, 10240 entries)".</summary>
    public override string ToString() => $"{Name} ({Type}, {MaxEntries} entries)";

    private static uint Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return (uint)value;
    }

    private void ReuseOwned(int fd, string what)
    {
        Errno.ThrowIfNegative(fd, "open", what);
        using var owned = new FileDescriptor(fd);
        ReuseDescriptor(fd, what);
    }

    /// <summary>libbpf duplicates the descriptor.</summary>
    private void ReuseDescriptor(int fd, string what) =>
        Errno.ThrowIfNegative(LibBpf.bpf_map__reuse_fd(Pointer, fd), $"reuse {what} for", Subject);

    private void Set(int result, string what) => Errno.ThrowIfNegative(result, $"set the {what} of", Subject);
}
