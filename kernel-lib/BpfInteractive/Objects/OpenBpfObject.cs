using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// An object file that is opened and not loaded yet: set its globals, map sizes and which programs load, then <see cref="Load"/>. What is
/// legal only before load is here alone; a <see cref="BpfObject"/> has the rest.
/// </summary>
/// <remarks>Not thread-safe. Spent once loaded, whether that succeeds or not.</remarks>
public sealed unsafe partial class OpenBpfObject : IDisposable
{
    private BpfObjectHandle? _handle;

    private OpenBpfObject(BpfObjectHandle handle, string name)
    {
        _handle = handle;
        Name = name;
        var owner = $"object '{name}'";
        Programs = new NamedList<OpenBpfProgram>(EnumeratePrograms(handle.Pointer), program => program.Name, "program", owner);
        Maps = new NamedList<OpenBpfMap>(EnumerateMaps(handle.Pointer), map => map.Name, "map", owner);
    }

    /// <summary>The object's name: the file's without its suffix, or the one given.</summary>
    public string Name { get; }

    /// <summary>The programs in the order of the file.</summary>
    public NamedList<OpenBpfProgram> Programs { get; }

    /// <summary>The maps, those for globals included.</summary>
    public NamedList<OpenBpfMap> Maps { get; }

    /// <summary>Opens an object file that is in memory.</summary>
    /// <param name="elf">The bytes of the object, as clang writes it for the target bpf.</param>
    /// <param name="name">A name for messages.</param>
    /// <returns>The opened object; nothing is in the kernel yet.</returns>
    /// <exception cref="BpfException">It is no BPF object, or libbpf refuses it.</exception>
    public static OpenBpfObject Open(ReadOnlyMemory<byte> elf, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        using var messages = LibBpfMessages.Capture();
        using var pin = elf.Pin();
        var nameUtf8 = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            var options = new LibBpf.ObjectOpenOptions { Size = (nuint)sizeof(LibBpf.ObjectOpenOptions), ObjectName = (byte*)nameUtf8 };

            // SAFETY: the bytes are pinned for the call; libbpf copies what it keeps (bpf_object__elf_finish forgets the buffer).
            var pointer = LibBpf.bpf_object__open_mem(pin.Pointer, (nuint)elf.Length, &options);
            var errno = Errno.Last;
            return pointer != 0
                ? new OpenBpfObject(new BpfObjectHandle(pointer), name)
                : throw new BpfException("open", $"object '{name}'", errno, messages.Lines.Count > 0 ? messages.Lines[^1] : null);
        }
        finally
        {
            Marshal.FreeCoTaskMem(nameUtf8);
        }
    }

    /// <summary>Opens an object file.</summary>
    /// <param name="path">The file, as clang writes it for the target bpf.</param>
    /// <returns>The opened object; nothing is in the kernel yet.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="BpfException">It is no BPF object, or libbpf refuses it.</exception>
    public static OpenBpfObject OpenFile(string path)
    {
        var name = Path.GetFileName(path);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return Open(File.ReadAllBytes(path), dot > 0 ? name[..dot] : name);
    }

    /// <summary>Takes maps and programs into the kernel. This object is spent afterwards, also when it throws.</summary>
    /// <returns>The loaded object, owned by the caller (and by <see cref="BpfScope.Current"/>, if that owns objects).</returns>
    /// <exception cref="BpfException">The kernel or libbpf refused; nothing is left in the kernel.</exception>
    public BpfObject Load()
    {
        ThrowIfSpent();
        var handle = _handle!;
        _handle = null;
        using var messages = LibBpfMessages.Capture();
        var result = LibBpf.bpf_object__load(handle.Pointer);
        if (result == 0)
        {
            return new BpfObject(handle, Name);
        }

        handle.Dispose();
        throw new BpfException("load", $"object '{Name}'", -result, string.Join("\n", messages.Lines));
    }

    /// <summary>Loads on a thread of the pool.</summary>
    /// <param name="cancellationToken">Looked at before the load begins; the kernel's verifier itself cannot be stopped.</param>
    /// <returns>The loaded object.</returns>
    public Task<BpfObject> LoadAsync(CancellationToken cancellationToken = default) =>
        Task.Run(Load, BpfScope.TokenOr(cancellationToken));

    /// <summary>Closes what was not loaded.</summary>
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }

    internal void ThrowIfSpent() => ObjectDisposedException.ThrowIf(_handle is null, this);

    private IEnumerable<OpenBpfProgram> EnumeratePrograms(nint pointer)
    {
        for (var p = LibBpf.bpf_object__next_program(pointer, 0); p != 0; p = LibBpf.bpf_object__next_program(pointer, p))
        {
            yield return new OpenBpfProgram(this, p);
        }
    }

    private IEnumerable<OpenBpfMap> EnumerateMaps(nint pointer)
    {
        for (var m = LibBpf.bpf_object__next_map(pointer, 0); m != 0; m = LibBpf.bpf_object__next_map(pointer, m))
        {
            yield return new OpenBpfMap(this, m);
        }
    }
}
