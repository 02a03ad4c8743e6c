namespace BpfInteractive;

/// <summary>Where the kernel's names came from.</summary>
public enum KernelSymbolSource
{
    /// <summary>From nowhere: the kernel hides its addresses from this user.</summary>
    Hidden,

    /// <summary>The table behind /proc/kallsyms: the file, or a program that asks the kernel for single addresses.</summary>
    Kallsyms,

    /// <summary>A SEC("iter/ksym") program (Linux 6.0), which sees addresses that kptr_restrict hides in /proc/kallsyms.</summary>
    Iterator,
}

/// <summary>
/// The running kernel's functions at one moment: its own, its modules', and those of the BPF programs then loaded. It turns addresses into
/// (module, offset), which hold on every boot and tell nobody where this kernel lies, and those into names.
/// </summary>
/// <remarks>Immutable, so thread-safe. Take a new one to see what was loaded since; 50 ms.</remarks>
public sealed class KernelSymbols
{
    private readonly SymbolTable _table;
    private readonly KernelLayout _layout;
    private readonly string?[] _names;
    private readonly ProfileFile?[] _programs;

    /// <summary>A kernel from its functions and where its modules lie.</summary>
    internal KernelSymbols(KernelSymbolSource source, KernelCode functions, KernelLayout layout)
    {
        Source = source;
        _table = functions.Table;
        _layout = layout.WithKernelAt(functions);
        _names = new string?[_table.Count];
        _programs = new ProfileFile?[_table.Count];
    }

    /// <summary>Where the names came from.</summary>
    public KernelSymbolSource Source { get; }

    /// <summary>The number of functions.</summary>
    public int Count => _table.Count;

    /// <summary>The kernel itself, with its build id.</summary>
    public ProfileFile Kernel => _layout.Kernel;

    /// <summary>All code of the kernel: itself, its modules, and the BPF programs loaded then. Empty where addresses are hidden.</summary>
    internal IEnumerable<KernelLayout.Range> Ranges
    {
        get
        {
            if (Source == KernelSymbolSource.Hidden)
            {
                yield break;
            }

            foreach (var range in _layout.Ranges)
            {
                yield return range;
            }

            for (var index = 0; index < _table.Count; index++)
            {
                if (IsBpf(index))
                {
                    var start = _table.StartOf(index);
                    var end = _table.SizeOf(index) is > 0 and var size ? start + size : index + 1 < _table.Count ? _table.StartOf(index + 1) : start + 1;
                    yield return new(_programs[index] ??= new ProfileFile { Kind = ProfileFileKind.BpfProgram, Path = NameAt(index) }, start, end);
                }
            }
        }
    }

    /// <summary>Reads what the running kernel has now.</summary>
    public static KernelSymbols Read() => Read(wanted: null);

    /// <summary>As above, only the functions that hold one of some addresses: the kernel is asked for these, and where it cannot be, its text is read and little of it kept. Others have no name then.</summary>
    /// <param name="wanted">The addresses, ascending; null for all functions.</param>
    internal static KernelSymbols Read(ulong[]? wanted)
    {
        var layout = KernelLayout.Read();
        if (wanted is not null && KernelNameLookup.TryRead(wanted, layout) is { } asked)
        {
            return new KernelSymbols(KernelSymbolSource.Kallsyms, asked, layout);
        }

        if (KernelSymbolText.ReadKallsyms(wanted) is { Table.Count: > 0 } listed)
        {
            return new KernelSymbols(KernelSymbolSource.Kallsyms, listed, layout);
        }

        return KernelSymbolText.TryReadIterator() is { } text && KernelSymbolTable.Parse(text, wanted) is { Table.Count: > 0 } walked
            ? new KernelSymbols(KernelSymbolSource.Iterator, walked, layout)
            : new KernelSymbols(KernelSymbolSource.Hidden, KernelCode.None, layout);
    }

    /// <summary>The module and the offset of an address.</summary>
    /// <param name="address">The address of an instruction.</param>
    /// <param name="module">Its module; the kernel itself with offset 0 where addresses are hidden.</param>
    /// <param name="offset">The offset in it.</param>
    /// <returns><see cref="FrameReason.None"/> when it was found; else why not.</returns>
    public FrameReason Locate(ulong address, out ProfileFile module, out ulong offset)
    {
        (module, offset) = (Kernel, 0);
        if (Source == KernelSymbolSource.Hidden)
        {
            return FrameReason.KernelHidden;
        }

        var index = _table.Find(address);
        if (index >= 0 && IsBpf(index))
        {
            module = _programs[index] ??= new ProfileFile { Kind = ProfileFileKind.BpfProgram, Path = NameAt(index) };
            offset = address - _table.StartOf(index);
            return FrameReason.None;
        }

        return _layout.TryFind(address, out module!, out offset) ? FrameReason.None : Nowhere(out module, out offset);
    }

    /// <summary>Names places of the kernel, of one of its modules, or of a BPF program.</summary>
    /// <param name="module">
    /// What <see cref="Locate"/> gave, on this boot or another, here or elsewhere. One without a build id gets no names (<see cref="FrameReason.NotComparable"/>): nobody can
    /// tell whether it is the one that ran.
    /// </param>
    /// <param name="offsets">The offsets.</param>
    /// <param name="names">Room for as many names.</param>
    public void Name(ProfileFile module, ReadOnlySpan<ulong> offsets, Span<FrameName> names) => Name(module, offsets, names, isOfThisBoot: false);

    /// <summary>As above; a module that was seen on this boot needs no build id.</summary>
    internal void Name(ProfileFile module, ReadOnlySpan<ulong> offsets, Span<FrameName> names, bool isOfThisBoot)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (module.Kind == ProfileFileKind.BpfProgram)
        {
            for (var i = 0; i < offsets.Length; i++)
            {
                names[i] = new FrameName(module.Path, offsets[i], FrameReason.None);
            }

            return;
        }

        var reason = _layout.TryFindBase(module, isOfThisBoot, out var start);
        for (var i = 0; i < offsets.Length; i++)
        {
            names[i] = Source == KernelSymbolSource.Hidden ? FrameName.Unnamed(FrameReason.KernelHidden)
                : reason != FrameReason.None ? FrameName.Unnamed(reason)
                : NameOf(unchecked(start + offsets[i]));
        }
    }

    private FrameName NameOf(ulong address)
    {
        var index = _table.Find(address);
        return index < 0 ? FrameName.Unnamed(FrameReason.OutsideSymbols) : new FrameName(NameAt(index), address - _table.StartOf(index), FrameReason.None);
    }

    private FrameReason Nowhere(out ProfileFile module, out ulong offset)
    {
        (module, offset) = (Kernel, 0);
        return FrameReason.Unloaded;
    }

    private string NameAt(int index) => _names[index] ??= FunctionOf(_table.Name(index));

    /// <summary>"do_it\t[ext4]" is do_it.</summary>
    private static string FunctionOf(string line) => line.IndexOf('\t') is >= 0 and var tab ? line[..tab] : line;

    private bool IsBpf(int index) => KernelCode.IsBpf(_table.NameUtf8(index));
}
