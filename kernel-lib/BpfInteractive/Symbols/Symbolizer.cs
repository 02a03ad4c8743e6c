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
    private readonly DebuginfodClient? _remote;
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

    /// <summary>
    /// Makes one that finds files among those pinned, then at their paths, for what ran on this boot. The kernel is asked for each time, for it may be read anew while the files stay.
    /// </summary>
    internal Symbolizer(SymbolizerOptions? options, Func<KernelSymbols>? kernel, PinnedFiles? pins)
    {
        _options = options ?? new SymbolizerOptions();
        _pins = pins;
        _remote = _options.Debuginfod is { } debuginfod ? new DebuginfodClient(debuginfod) : null;
        _debugFiles = new DebugFiles(_options.DebugFolders, _remote);
        _cache = new ModuleCache(_options.CacheBytes);
        _kernel = kernel ?? Deferred();
    }

    /// <summary>The kernel's functions.</summary>
    public KernelSymbols Kernel => _kernel();

    /// <summary>The memory that tables and names take now.</summary>
    public long SizeBytes => _cache.SizeBytes;

    /// <summary>What came of asking debuginfod so far; null where none is asked.</summary>
    public DebuginfodCounts? Debuginfod => _remote?.Counts;

    /// <summary>
    /// Whether a file is named once and no more, and no other file of the same build: then only what its places need is read of it, and nothing is kept. Null for no file. Of several files of
    /// one build some may not be readable any more, and get their names from the one that is.
    /// </summary>
    internal Func<ProfileFile, bool>? IsNamedOnce { get; set; }

    /// <summary>Whether places get their source lines.</summary>
    internal bool HasLines => _options.Lines;

    /// <summary>How many files are best named at once: some may be fetched.</summary>
    internal int Parallel => _options.Debuginfod?.Parallel ?? 1;

    /// <summary>Names places of one file. It may be fetched: see <see cref="ProfileNaming.NameMissingAsync"/> for a whole profile, with several files at once.</summary>
    /// <param name="file">The file. For <see cref="ProfileFileKind.Jit"/> use <see cref="JitMap"/>: here it has no map.</param>
    /// <param name="offsets">Offsets in it: into the file, for a file.</param>
    /// <param name="names">Room for as many names.</param>
    /// <exception cref="ArgumentException">There is less room than offsets.</exception>
    public void Name(ProfileFile file, ReadOnlySpan<ulong> offsets, Span<FrameName> names) => Name(file, offsets, names, BpfScope.Current.CancellationToken);

    /// <summary>As above; the token ends the fetching of the file.</summary>
    internal void Name(ProfileFile file, ReadOnlySpan<ulong> offsets, Span<FrameName> names, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (names.Length < offsets.Length)
        {
            throw new ArgumentException($"there is room for {names.Length} names, but there are {offsets.Length} offsets", nameof(names));
        }

        switch (file.Kind)
        {
            case ProfileFileKind.File or ProfileFileKind.Vdso:
                NameByFile(file, offsets, names, token);
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
                Kernel.Name(file, offsets, names, isOfThisBoot: _pins is not null);
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

    private void NameByFile(ProfileFile file, ReadOnlySpan<ulong> offsets, Span<FrameName> names, CancellationToken token)
    {
        object key = file.BuildId.IsEmpty ? file with { IsDeleted = false, Mm = -1, CodeBias = null } : file.BuildId.Padded();
        try
        {
            var symbols = IsNamedOnce?.Invoke(file) == true && !_cache.Has(key) ? Read(file, offsets.ToArray(), token) : _cache.Get(key, () => Read(file, wanted: null, token));
            if (symbols.LacksStubsOf(offsets))
            {
                TakeStubs(symbols, file, token);
            }

            symbols.Name(offsets, names);
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

    private ModuleSymbols Read(ProfileFile file, ulong[]? wanted, CancellationToken token)
    {
        if (file.Kind == ProfileFileKind.Vdso)
        {
            return ReadVdso(file);
        }

        try
        {
            if (_pins is not null && _pins.TryGet(file, out var pinned))
            {
                return Read(file, pinned, isPinned: true, wanted, token);
            }

            using var handle = Libc.OpenForReading(file.Path);
            return handle.IsInvalid ? throw new UnnamedFileException(ProcessRoot.ReasonOf(Errno.Last)) : Read(file, handle, isPinned: false, wanted, token);
        }
        catch (UnnamedFileException none) when (!file.BuildId.IsEmpty)
        {
            return ReadByBuildId(file, none.Reason, token);
        }
    }

    /// <summary>Compares, a pinned file once more: it may have been written to since.</summary>
    private ModuleSymbols Read(ProfileFile file, SafeFileHandle handle, bool isPinned, ulong[]? wanted, CancellationToken token)
    {
        var facts = FileFacts.Of(handle, out var reason) ?? throw new UnnamedFileException(reason);
        reason = facts.Compare(file, throughMapping: isPinned, atRange: isPinned);
        if (reason != FrameReason.None)
        {
            throw new UnnamedFileException(reason);
        }

        using var elf = ElfFile.Borrow(handle);
        return ModuleSymbols.Read(elf, facts.BuildId, file.Path, _debugFiles, _options, wanted, token);
    }

    /// <summary>
    /// A file that is not here, or only as another build. Its debug file is enough where the capture tells how the file's code lies: the headers of debug files do not
    /// (objcopy --only-keep-debug writes offsets of 0). Otherwise the file itself is fetched.
    /// </summary>
    private ModuleSymbols ReadByBuildId(ProfileFile file, FrameReason reason, CancellationToken token)
    {
        var whyNoDebugFile = FrameReason.None;
        if (file.CodeBias is { } bias)
        {
            using var debug = _debugFiles.Find(file.BuildId, token, out whyNoDebugFile);
            if (debug is not null && ModuleSymbols.ReadDebugFile(debug, bias, _debugFiles, _options, token) is { } symbols)
            {
                return symbols;
            }
        }

        var (path, whyNone) = _remote?.Find(file.BuildId, DebuginfodClient.Executable, token) ?? default;
        if (path is null)
        {
            throw new UnnamedFileException(whyNoDebugFile == FrameReason.FetchFailed ? whyNoDebugFile : whyNone != FrameReason.None ? whyNone : reason);
        }

        using var handle = Libc.OpenForReading(path);
        using var elf = handle.IsInvalid ? throw new UnnamedFileException(FrameReason.FetchFailed) : ElfFile.Borrow(handle);
        return ModuleSymbols.Read(elf, file.BuildId, path, _debugFiles, _options, token: token);
    }

    /// <summary>Where the debug file was enough so far, the program is fetched for the names of what it jumps through (<c>malloc@plt</c>).</summary>
    private void TakeStubs(ModuleSymbols symbols, ProfileFile file, CancellationToken token)
    {
        var (path, _) = _remote?.Find(file.BuildId, DebuginfodClient.Executable, token) ?? default;
        using var handle = path is null ? null : Libc.OpenForReading(path);
        try
        {
            using var elf = handle is null or { IsInvalid: true } ? null : ElfFile.Borrow(handle);
            symbols.TakeStubs(elf);
        }
        catch (SymbolFileException)
        {
            symbols.TakeStubs(null);
        }
    }

    private ModuleSymbols ReadVdso(ProfileFile file)
    {
        if (VdsoImage.Own is not { } image)
        {
            throw new UnnamedFileException(FrameReason.FileGone);
        }

        using var elf = ElfFile.Parse(image);
        var buildId = elf.ReadBuildId();
        return file.BuildId.IsEmpty ? throw new UnnamedFileException(FrameReason.NotComparable)
            : file.BuildId.IsSameBuild(buildId) ? ModuleSymbols.Read(elf, buildId, file.Path, _debugFiles, _options)
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
