namespace BpfInteractive;

/// <summary>
/// Holds what may be gone when names are wanted: the files that sampled processes map, and the maps of code that they made at run time. Told of them on the sampler's own
/// thread, as soon as they are seen.
/// </summary>
internal sealed class SampledCode(ProfileBuilder builder) : IDisposable
{
    private readonly Dictionary<int, JitMap> _jitMaps = [];
    private readonly Dictionary<int, int> _jitProcesses = [];
    private KernelSymbols? _kernel;

    internal PinnedFiles Pins { get; } = new();

    /// <summary>A file was seen mapped.</summary>
    /// <param name="file">Its number in the builder.</param>
    /// <param name="pid">A process that maps it.</param>
    /// <param name="start">Where.</param>
    /// <param name="end">The address behind the mapping's last.</param>
    internal void OnFile(int file, int pid, ulong start, ulong end)
    {
        var result = Pins.Pin(builder.FileOf(file), pid, start, end);
        if (result is { IsPinned: true, Facts: { } facts })
        {
            builder.SetBuildId(file, facts.BuildId);
        }
    }

    /// <summary>A process ran code in anonymous memory.</summary>
    internal void OnJit(int mm, int pid)
    {
        _jitProcesses[mm] = pid;
        Copy(mm, pid);
    }

    /// <summary>Copies once more what living processes have compiled meanwhile, and looks where the kernel's code lies. Call it before the mappings are used.</summary>
    /// <param name="again">Whether the kernel's code is looked for again: BPF programs come and go.</param>
    internal void Refresh(bool again)
    {
        foreach (var (mm, pid) in _jitProcesses)
        {
            Copy(mm, pid);
        }

        if (_kernel is null || again)
        {
            _kernel = KernelSymbols.Read();
            builder.AddSnapshot(
                ProfileBuilder.KernelMm,
                Clocks.MonotonicNs,
                [.. _kernel.Ranges.Select(range => new ProfileMapping(range.Start, range.End, 0, builder.AddFile(range.Module), VmaPermissions.Read | VmaPermissions.Execute))]);
        }
    }

    /// <summary>A profile with the names that can be had.</summary>
    internal Profile Name(Profile profile)
    {
        var symbolizer = new Symbolizer(new SymbolizerOptions(), _kernel, Pins);
        return profile.WithNames(symbolizer.NamesOf(profile, file => _jitMaps.GetValueOrDefault(file.Mm)));
    }

    public void Dispose() => Pins.Dispose();

    private void Copy(int mm, int pid)
    {
        if (Pins.JitMaps.CopyOf(pid) is { } map)
        {
            _jitMaps[mm] = map;
        }
    }
}
