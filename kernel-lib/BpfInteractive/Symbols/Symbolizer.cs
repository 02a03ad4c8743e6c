using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// Names code: (module, offset) becomes a function of the source, or a reason why not. Never the nearest function, and never one of another
/// build than the one that ran.
/// </summary>
/// <remarks>Thread-safe. Tables are read when first needed and kept by build id within a number of bytes.</remarks>
public sealed class Symbolizer
{
    private readonly SymbolizerOptions _options;
    private readonly PinnedFiles? _pins;
    private readonly DebugFiles _debugFiles;
    private readonly ModuleCache _cache;
    private readonly Lazy<KernelSymbols> _kernel;

    /// <summary>Makes one that finds files at their paths.</summary>
    /// <param name="options">Where to look, and how much to keep.</param>
    /// <param name="kernel">The kernel's functions; without them the running kernel's, as they are when first needed.</param>
    public Symbolizer(SymbolizerOptions? options = null, KernelSymbols? kernel = null)
        : this(options, kernel, pins: null)
    {
    }

    /// <summary>Makes one that finds files among those pinned, then at their paths.</summary>
    internal Symbolizer(SymbolizerOptions? options, KernelSymbols? kernel, PinnedFiles? pins)
    {
        _options = options ?? new SymbolizerOptions();
        _pins = pins;
        _debugFiles = new DebugFiles(_options.DebugFolders);
        _cache = new ModuleCache(_options.CacheBytes);
        _kernel = new Lazy<KernelSymbols>(kernel is null ? KernelSymbols.Read : () => kernel);
    }

    /// <summary>The kernel's functions.</summary>
    public KernelSymbols Kernel => _kernel.Value;

    /// <summary>The memory that tables and names take now.</summary>
    public long SizeBytes => _cache.SizeBytes;

    /// <summary>Names places of one module.</summary>
    /// <param name="module">The module. For <see cref="ModuleKind.Jit"/> use <see cref="JitMap.Name"/>: here it has no map.</param>
    /// <param name="offsets">Offsets in it: into the file, for a file.</param>
    /// <param name="names">Room for as many names.</param>
    /// <exception cref="ArgumentException">There is less room than offsets.</exception>
    public void Name(ModuleFile module, ReadOnlySpan<ulong> offsets, Span<FrameName> names)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (names.Length < offsets.Length)
        {
            throw new ArgumentException($"there is room for {names.Length} names, but there are {offsets.Length} offsets", nameof(names));
        }

        switch (module.Kind)
        {
            case ModuleKind.File or ModuleKind.Vdso:
                NameByFile(module, offsets, names);
                break;
            case ModuleKind.Vsyscall:
                NameVsyscall(offsets, names);
                break;
            case ModuleKind.Jit:
                names[..offsets.Length].Fill(FrameName.None(NameReason.JitWithoutMap));
                break;
            default:
                Kernel.Name(module, offsets, names);
                break;
        }
    }

    /// <summary>Names one place of a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="offset">The offset in it: into the file, for a file.</param>
    public FrameName Name(ModuleFile module, ulong offset)
    {
        FrameName name = default;
        Name(module, new ReadOnlySpan<ulong>(in offset), new Span<FrameName>(ref name));
        return name;
    }

    private void NameByFile(ModuleFile module, ReadOnlySpan<ulong> offsets, Span<FrameName> names)
    {
        object key = module.BuildId.IsEmpty ? module : module.BuildId.Padded();
        try
        {
            _cache.Get(key, () => Read(module)).Name(offsets, names);
            _cache.Touch(key);
        }
        catch (UnnamedModuleException none)
        {
            names[..offsets.Length].Fill(FrameName.None(none.Reason));
        }
        catch (SymbolFileException)
        {
            names[..offsets.Length].Fill(FrameName.None(NameReason.Damaged));
        }
    }

    private ModuleSymbols Read(ModuleFile module)
    {
        if (module.Kind == ModuleKind.Vdso)
        {
            return ReadVdso(module);
        }

        if (_pins is not null && _pins.TryGet(module, out var pinned))
        {
            return Read(module, pinned);
        }

        using var file = Libc.OpenForReading(module.Path);
        return file.IsInvalid ? throw new UnnamedModuleException(ProcessRoot.ReasonOf(Errno.Last)) : Read(module, file);
    }

    /// <summary>Compares once more: a file may have been written to since it was pinned.</summary>
    private ModuleSymbols Read(ModuleFile module, SafeFileHandle file)
    {
        var facts = FileFacts.Of(file, out var reason) ?? throw new UnnamedModuleException(reason);
        reason = facts.Compare(module, throughMapping: false);
        if (reason != NameReason.Named)
        {
            throw new UnnamedModuleException(reason);
        }

        using var elf = ElfFile.Borrow(file);
        return ModuleSymbols.Read(elf, facts.BuildId, module.Path, _debugFiles, _options.Demangle);
    }

    private ModuleSymbols ReadVdso(ModuleFile module)
    {
        if (VdsoImage.Own is not { } image)
        {
            throw new UnnamedModuleException(NameReason.FileGone);
        }

        using var elf = ElfFile.Parse(image);
        var buildId = elf.ReadBuildId();
        return module.BuildId.IsEmpty || module.BuildId.IsSameBuild(buildId)
            ? ModuleSymbols.Read(elf, buildId, module.Path, _debugFiles, _options.Demangle)
            : throw new UnnamedModuleException(NameReason.BuildIdDiffers);
    }

    /// <summary>The page has three entries of 1 KiB (arch/x86/entry/vsyscall/vsyscall_emu_64.S).</summary>
    private static void NameVsyscall(ReadOnlySpan<ulong> offsets, Span<FrameName> names)
    {
        for (var i = 0; i < offsets.Length; i++)
        {
            names[i] = new FrameName("[vsyscall]", offsets[i], NameReason.Named);
        }
    }

    /// <summary>There are no symbols of a module; it never leaves this class.</summary>
    private sealed class UnnamedModuleException(NameReason reason) : Exception
    {
        internal NameReason Reason { get; } = reason;
    }
}
