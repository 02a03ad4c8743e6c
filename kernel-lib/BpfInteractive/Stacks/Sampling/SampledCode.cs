namespace BpfInteractive;

/// <summary>
/// Holds what may be gone when names are wanted: the files that sampled processes map, and the maps of code that they made at run time. Told of them on the sampler's own
/// thread, as soon as they are seen.
/// </summary>
internal sealed class SampledCode(ProfileBuilder builder, DotnetProcesses? dotnet = null, JavaProcesses? java = null) : IDisposable
{
    private const int PauseMilliseconds = 1000;

    private readonly Dictionary<int, JitOwner> _owners = [];
    private readonly Dictionary<int, JitMap> _jitMaps = [];
    private readonly Dictionary<int, long> _lookedAt = [];
    private readonly HashSet<int> _withImages = [];
    private KernelSymbols? _kernel;
    private Symbolizer? _symbolizer;

    internal PinnedFiles Pins { get; } = new();

    /// <summary>A file was seen mapped.</summary>
    /// <param name="file">Its number in the builder.</param>
    /// <param name="pid">A process that maps it.</param>
    /// <param name="start">Where.</param>
    /// <param name="end">The address behind the mapping's last.</param>
    /// <returns>Whether it may be a program: false for memory that was found to hold none.</returns>
    internal bool OnFile(int file, int pid, ulong start, ulong end)
    {
        var result = Pins.Pin(builder.FileOf(file), pid, start, end);
        if (result is { IsPinned: true, Facts: { } facts })
        {
            builder.SetBuildId(file, facts.BuildId, facts.CodeBias);
        }

        return result.Reason != FrameReason.Unreadable;
    }

    /// <summary>Code of a .NET image ran.</summary>
    internal void OnDotnetImage(int mm) => _withImages.Add(mm);

    /// <summary>A process was seen in an address space; the first one counts, for a vfork child shares its parent's.</summary>
    internal void OnProcess(int mm, JitOwner owner) => _owners.TryAdd(mm, owner);

    /// <summary>Code in anonymous memory ran. Its map is looked for at once, and after that at most once a second: a runtime makes mappings by the hundred.</summary>
    internal void OnJit(int mm)
    {
        var now = Environment.TickCount64;
        if (!_jitMaps.TryAdd(mm, JitMap.Gone) && now - _lookedAt[mm] < PauseMilliseconds)
        {
            return;
        }

        _lookedAt[mm] = now;
        Copy(mm);
    }

    /// <summary>An address space is gone; what its map says now is the last word.</summary>
    internal void OnEnd(int mm, long timeNs)
    {
        // Without an owner, whose facts were lost, there is no map either.
        if (!_owners.TryGetValue(mm, out var owner))
        {
            return;
        }

        _owners[mm] = owner with { EndNs = timeNs };
        if (_jitMaps.ContainsKey(mm))
        {
            Copy(mm);
            Pins.JitMaps.Forget(_owners[mm]);
        }
    }

    /// <summary>The processes that may be .NET's by the code they were seen in, by their address spaces.</summary>
    internal KeyValuePair<int, JitOwner>[] DotnetOwners => [.. _owners.Where(owner => _jitMaps.ContainsKey(owner.Key) || _withImages.Contains(owner.Key))];

    /// <summary>Those that ran code made at run time and wrote no map of it.</summary>
    internal KeyValuePair<int, JitOwner>[] OwnersWithoutMap =>
        [.. _owners.Where(owner => _jitMaps.TryGetValue(owner.Key, out var map) && (map.Count == 0 || java?.MapOf(owner.Key) is not null))];

    /// <summary>Copies once more what living processes have compiled meanwhile, and looks where the kernel's code lies. Call it before the mappings are used.</summary>
    /// <param name="isEnd">Whether no more samples come. The kernel's code is looked for again then, for BPF programs come and go, and what no sample was in is left out.</param>
    internal void Refresh(bool isEnd)
    {
        foreach (var mm in _jitMaps.Keys.ToArray())
        {
            Copy(mm);
        }

        if (_kernel is null || isEnd)
        {
            _kernel = KernelSymbols.Read(isEnd ? builder.KernelAddresses() : null);
            builder.AddSnapshot(
                ProfileBuilder.KernelMm,
                Clocks.MonotonicNs,
                [.. _kernel.Ranges.Select(range => new ProfileMapping(range.Start, range.End, 0, builder.AddFile(range.Module), VmaPermissions.Read | VmaPermissions.Execute))]);
        }
    }

    /// <summary>A profile with the names that can be had.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="files">Whether files are looked at; else only what nobody can name later.</param>
    /// <param name="lines">Whether source lines are looked for, the same each time.</param>
    /// <param name="isEnd">Whether this is the last time.</param>
    internal Profile Name(Profile profile, bool files, bool lines = false, bool isEnd = false)
    {
        _symbolizer ??= new Symbolizer(new SymbolizerOptions { Lines = lines }, () => _kernel ??= KernelSymbols.Read(), Pins);
        _symbolizer.IsNamedOnce = isEnd ? OnlyOneOfItsBuild(profile) : null;
        return profile.WithNames(files ? _symbolizer.NamesOf(profile, MapOf, ImageOf) : _symbolizer.NamesOnlyHere(profile, MapOf, ImageOf));

        // A map that the process wrote itself has its stubs too. What Java was asked for was a moment in the place of such a map, and may have been seen half written.
        JitMap? MapOf(ProfileFile file)
        {
            if (java?.MapOf(file.Mm) is { } told)
            {
                return told;
            }

            var written = _jitMaps.GetValueOrDefault(file.Mm);
            return written is { Count: > 0 } ? written : dotnet?.MapOf(file.Mm) ?? written;
        }

        JitMap? ImageOf(ProfileFile file) => dotnet?.ImageOf(file);
    }

    public void Dispose() => Pins.Dispose();

    private static Func<ProfileFile, bool> OnlyOneOfItsBuild(Profile profile)
    {
        var files = Enumerable.Range(0, profile.Tables.Files.RowCount).GroupBy(file => profile.FileOf(file).BuildId.Padded()).ToDictionary(build => build.Key, build => build.Count());
        return file => file.BuildId.IsEmpty || files.GetValueOrDefault(file.BuildId.Padded()) == 1;
    }

    private void Copy(int mm)
    {
        if (_owners.TryGetValue(mm, out var owner) && Pins.JitMaps.CopyOf(owner) is var map && map != JitMap.Gone)
        {
            _jitMaps[mm] = map;
        }
    }
}
