using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// Names code: (file, offset) becomes a function of the source, or a reason why not. Never the nearest function, and never one of another
/// build than the one that ran.
/// </summary>
/// <remarks>Thread-safe. Tables are read when first needed and kept by build id within a number of bytes.</remarks>
public sealed class Symbolizer
{
    private readonly SymbolizerOptions _options;
    private readonly PinnedFiles? _pins;
    private readonly DebugFiles _debugFiles;
    private readonly ModuleCache _cache;
    private readonly Func<KernelSymbols> _kernel;

    /// <summary>Makes one that finds files at their paths.</summary>
    /// <param name="options">Where to look, and how much to keep.</param>
    /// <param name="kernel">The kernel's functions; without them the running kernel's, as they are when first needed.</param>
    public Symbolizer(SymbolizerOptions? options = null, KernelSymbols? kernel = null)
        : this(options, kernel is null ? null : () => kernel, pins: null)
    {
    }

    /// <summary>Makes one that finds files among those pinned, then at their paths. The kernel is asked for each time, for it may be read anew while the files stay.</summary>
    internal Symbolizer(SymbolizerOptions? options, Func<KernelSymbols>? kernel, PinnedFiles? pins)
    {
        _options = options ?? new SymbolizerOptions();
        _pins = pins;
        _debugFiles = new DebugFiles(_options.DebugFolders);
        _cache = new ModuleCache(_options.CacheBytes);
        _kernel = kernel ?? Deferred();
    }

    /// <summary>The kernel's functions.</summary>
    public KernelSymbols Kernel => _kernel();

    /// <summary>The memory that tables and names take now.</summary>
    public long SizeBytes => _cache.SizeBytes;

    /// <summary>Names places of one file.</summary>
    /// <param name="file">The file. For <see cref="ProfileFileKind.Jit"/> use <see cref="JitMap"/>: here it has no map.</param>
    /// <param name="offsets">Offsets in it: into the file, for a file.</param>
    /// <param name="names">Room for as many names.</param>
    /// <exception cref="ArgumentException">There is less room than offsets.</exception>
    public void Name(ProfileFile file, ReadOnlySpan<ulong> offsets, Span<FrameName> names)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (names.Length < offsets.Length)
        {
            throw new ArgumentException($"there is room for {names.Length} names, but there are {offsets.Length} offsets", nameof(names));
        }

        switch (file.Kind)
        {
            case ProfileFileKind.File or ProfileFileKind.Vdso:
                NameByFile(file, offsets, names);
                break;
            case ProfileFileKind.Vsyscall:
                NameVsyscall(offsets, names);
                break;
            case ProfileFileKind.Unmapped:
                names[..offsets.Length].Fill(FrameName.Unnamed(FrameReason.Unmapped));
                break;
            case ProfileFileKind.Jit:
                names[..offsets.Length].Fill(FrameName.Unnamed(FrameReason.NoPerfMap));
                break;
            default:
                Kernel.Name(file, offsets, names);
                break;
        }
    }

    /// <summary>Names one place of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">The offset in it: into the file, for a file.</param>
    public FrameName Name(ProfileFile file, ulong offset)
    {
        FrameName name = default;
        Name(file, new ReadOnlySpan<ulong>(in offset), new Span<FrameName>(ref name));
        return name;
    }

    private static Func<KernelSymbols> Deferred()
    {
        var running = new Lazy<KernelSymbols>(KernelSymbols.Read);
        return () => running.Value;
    }

    private void NameByFile(ProfileFile file, ReadOnlySpan<ulong> offsets, Span<FrameName> names)
    {
        object key = file.BuildId.IsEmpty ? file with { IsDeleted = false, Mm = -1 } : file.BuildId.Padded();
        try
        {
            _cache.Get(key, () => Read(file)).Name(offsets, names);
            _cache.Touch(key);
        }
        catch (UnnamedFileException none)
        {
            names[..offsets.Length].Fill(FrameName.Unnamed(none.Reason));
        }
        catch (SymbolFileException damage)
        {
            names[..offsets.Length].Fill(FrameName.Unnamed(damage.Reason));
        }
    }

    private ModuleSymbols Read(ProfileFile file)
    {
        if (file.Kind == ProfileFileKind.Vdso)
        {
            return ReadVdso(file);
        }

        if (_pins is not null && _pins.TryGet(file, out var pinned))
        {
            return Read(file, pinned, isPinned: true);
        }

        using var handle = Libc.OpenForReading(file.Path);
        return handle.IsInvalid ? throw new UnnamedFileException(ProcessRoot.ReasonOf(Errno.Last)) : Read(file, handle, isPinned: false);
    }

    /// <summary>Compares, a pinned file once more: it may have been written to since.</summary>
    private ModuleSymbols Read(ProfileFile file, SafeFileHandle handle, bool isPinned)
    {
        var facts = FileFacts.Of(handle, out var reason) ?? throw new UnnamedFileException(reason);
        reason = facts.Compare(file, throughMapping: isPinned, atRange: isPinned);
        if (reason != FrameReason.None)
        {
            throw new UnnamedFileException(reason);
        }

        using var elf = ElfFile.Borrow(handle);
        return ModuleSymbols.Read(elf, facts.BuildId, file.Path, _debugFiles, _options.Demangle);
    }

    private ModuleSymbols ReadVdso(ProfileFile file)
    {
        if (VdsoImage.Own is not { } image)
        {
            throw new UnnamedFileException(FrameReason.FileGone);
        }

        using var elf = ElfFile.Parse(image);
        var buildId = elf.ReadBuildId();
        return file.BuildId.IsEmpty || file.BuildId.IsSameBuild(buildId)
            ? ModuleSymbols.Read(elf, buildId, file.Path, _debugFiles, _options.Demangle)
            : throw new UnnamedFileException(FrameReason.BuildIdDiffers);
    }

    /// <summary>The page has three entries of 1 KiB (arch/x86/entry/vsyscall/vsyscall_emu_64.S).</summary>
    private static void NameVsyscall(ReadOnlySpan<ulong> offsets, Span<FrameName> names)
    {
        for (var i = 0; i < offsets.Length; i++)
        {
            names[i] = new FrameName("[vsyscall]", offsets[i], FrameReason.None);
        }
    }

    /// <summary>A file cannot be had; it never leaves this class.</summary>
    private sealed class UnnamedFileException(FrameReason reason) : Exception
    {
        internal FrameReason Reason { get; } = reason;
    }
}
