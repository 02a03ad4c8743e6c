using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// An object file that is opened and not loaded yet: set its globals, map sizes and which programs load, then <see cref="Load"/>. What is
/// legal only before load is here alone; a <see cref="BpfObject"/> has the rest.
/// </summary>
/// <remarks>Not thread-safe. Spent once loaded, whether that succeeds or not.</remarks>
public sealed unsafe partial class OpenBpfObject : IDisposable
{
    private readonly BtfMemoryFile? _kernelTypes;
    private BpfObjectHandle? _handle;

    private OpenBpfObject(BpfObjectHandle handle, string name, ObjectImage image, BtfMemoryFile? kernelTypes)
    {
        _handle = handle;
        _kernelTypes = kernelTypes;
        Name = name;
        Image = image;
        var owner = $"object '{name}'";
        Programs = new NamedList<OpenBpfProgram>(EnumeratePrograms(handle.Pointer), program => program.Name, "program", owner);
        Maps = new NamedList<OpenBpfMap>(EnumerateMaps(handle.Pointer), map => map.Name, "map", owner);
        Variables = GlobalLayout.Of(image);
        Globals = new NamedList<OpenBpfGlobal>(EnumerateGlobals(), global => global.Name, "global", owner);
    }

    /// <summary>The object's name: the file's without its suffix, or the one given.</summary>
    public string Name { get; }

    /// <summary>The object's own types; null when it was compiled without -g.</summary>
    public BtfData? Btf => Image.Btf;

    /// <summary>The programs in the order of the file.</summary>
    public NamedList<OpenBpfProgram> Programs { get; }

    /// <summary>The maps, those for globals included.</summary>
    public NamedList<OpenBpfMap> Maps { get; }

    /// <summary>The global variables: <c>const volatile</c> options, and variables with their initial values.</summary>
    public NamedList<OpenBpfGlobal> Globals { get; }

    /// <summary>
    /// How much the verifier writes for programs that it accepts (<see cref="BpfProgram.VerifierLog"/>): 0 nothing, 1 each instruction, 2
    /// with all states, 4 statistics. A refused program's log is always asked for.
    /// </summary>
    public int LogLevel { get; set; }

    internal ObjectImage Image { get; }

    internal IReadOnlyList<GlobalVariable> Variables { get; }

    /// <summary>The native object, while it is open.</summary>
    internal nint Pointer
    {
        get
        {
            ThrowIfSpent();
            return _handle!.Pointer;
        }
    }

    /// <summary>Opens an object file that is in memory.</summary>
    /// <param name="elf">The bytes of the object, as clang writes it for the target bpf. They may be reused after the call.</param>
    /// <param name="name">A name for messages; the kernel shows its beginning in the names of the maps of globals.</param>
    /// <param name="options">What must be known already now, or null.</param>
    /// <returns>The opened object; nothing is in the kernel yet.</returns>
    /// <exception cref="ObjectFormatException">It is no BPF object, or damaged.</exception>
    /// <exception cref="LoadException">libbpf refuses it: a map definition without a type, missing BTF, ....</exception>
    public static OpenBpfObject Open(ReadOnlyMemory<byte> elf, string name, OpenObjectOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var image = ObjectImage.Parse(elf, $"object '{name}'");
        options ??= new OpenObjectOptions();

        // libbpf would read all of the kernel's types (5 MB) for the few that the relocations name.
        var kernelTypes = options.CustomBtfPath is null ? BtfMemoryFile.ForKernelTypesOf(image) : null;
        try
        {
            options = kernelTypes is null ? options : options with { CustomBtfPath = kernelTypes.Path };
            return new OpenBpfObject(ObjectOpener.Open(image, name, options), name, image, kernelTypes);
        }
        catch
        {
            kernelTypes?.Dispose();
            throw;
        }
    }

    /// <summary>Opens an object file.</summary>
    /// <param name="path">The file, as clang writes it for the target bpf.</param>
    /// <param name="options">What must be known already now, or null.</param>
    /// <returns>The opened object; nothing is in the kernel yet.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    /// <exception cref="ObjectFormatException">It is no BPF object, or damaged.</exception>
    /// <exception cref="LoadException">libbpf refuses it.</exception>
    public static OpenBpfObject OpenFile(string path, OpenObjectOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(ObjectOpener.ReadFile(path), NameOf(path), options);
    }

    /// <summary>Takes maps and programs into the kernel. This object is spent afterwards, also when it throws.</summary>
    /// <returns>The loaded object, owned by the caller (and by <see cref="BpfScope.Current"/>, if that owns objects).</returns>
    /// <exception cref="VerifierException">The verifier refused a program.</exception>
    /// <exception cref="LoadException">The kernel or libbpf refused for another reason. Nothing is left in the kernel.</exception>
    public BpfObject Load()
    {
        using var logs = new ProgramLogs(this);
        return new BpfObject(LoadNative(logs), this, logs);
    }

    /// <summary>Loads on a thread of the pool.</summary>
    /// <param name="cancellationToken">Looked at before the load begins; the kernel's verifier itself cannot be stopped.</param>
    /// <returns>The loaded object.</returns>
    /// <exception cref="VerifierException">The verifier refused a program.</exception>
    /// <exception cref="LoadException">The kernel or libbpf refused for another reason. Nothing is left in the kernel.</exception>
    public Task<BpfObject> LoadAsync(CancellationToken cancellationToken = default) =>
        Task.Run(Load, BpfScope.TokenOr(cancellationToken));

    /// <summary>Closes what was not loaded.</summary>
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
        _kernelTypes?.Dispose();
    }

    /// <summary>"opens: 1 program, 2 maps".</summary>
    public override string ToString() => $"{Name}: {Programs.Count} programs, {Maps.Count} maps (not loaded)";

    /// <summary>A name for a file's object: the last part of its path up to its first dot.</summary>
    internal static string NameOf(string path)
    {
        var name = Path.GetFileName(path);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? name[..dot] : name.Length > 0 ? name : "object";
    }

    /// <summary>Loads to see whether it can be done, and gives everything back at once.</summary>
    internal void LoadAndClose()
    {
        using var logs = new ProgramLogs(this);
        LoadNative(logs).Dispose();
    }

    internal void ThrowIfSpent() => ObjectDisposedException.ThrowIf(_handle is null, this);

    private BpfObjectHandle LoadNative(ProgramLogs logs)
    {
        ThrowIfSpent();
        StructOpsMaps.BeforeLoad(this);
        UprobePreparation.BeforeLoad(this);
        ModuleTypes.BeforeLoad(this);
        var handle = _handle!;
        using var messages = LibBpfMessages.Capture();
        var result = LibBpf.bpf_object__load(handle.Pointer);
        if (result >= 0)
        {
            _handle = null;
            Dispose();
            return handle;
        }

        // The failure is described by what is still open.
        var failure = LoadFailure.OfLoad(this, -result, messages.Lines, logs.OfRefused());
        Dispose();
        throw failure;
    }

    private IEnumerable<OpenBpfProgram> EnumeratePrograms(nint pointer)
    {
        for (var p = LibBpf.bpf_object__next_program(pointer, 0); p != 0; p = LibBpf.bpf_object__next_program(pointer, p))
        {
            yield return new OpenBpfProgram(this, p, Image);
        }
    }

    private IEnumerable<OpenBpfMap> EnumerateMaps(nint pointer)
    {
        for (var m = LibBpf.bpf_object__next_map(pointer, 0); m != 0; m = LibBpf.bpf_object__next_map(pointer, m))
        {
            yield return new OpenBpfMap(this, m);
        }
    }

    private IEnumerable<OpenBpfGlobal> EnumerateGlobals()
    {
        foreach (var variable in Variables)
        {
            if (Maps.TryGet(variable.Section, out var map))
            {
                yield return new OpenBpfGlobal(this, variable, map.Pointer);
            }
        }
    }
}
