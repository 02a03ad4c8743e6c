namespace BpfInteractive;

/// <summary>
/// Gathers a capture into a <see cref="Profile"/>. Files, address spaces, processes and threads are numbered when they are first seen; samples name them by number.
/// What an address means is worked out in <see cref="ToProfile"/>, from the mappings that its address space had at the sample's time, so snapshots may come after the samples.
/// </summary>
/// <remarks>One thread at a time. A sample whose stacks were seen before allocates nothing of its own.</remarks>
public sealed class ProfileBuilder
{
    /// <summary>The kernel's address space: snapshots of it say where its image, its modules and its BPF programs lie. Its addresses never leave the builder.</summary>
    public const int KernelMm = 0;

    private readonly FileTable _files = new();
    private readonly ProcessTable _processes = new();
    private readonly Dictionary<ulong, int> _mmNumbers = [];
    private readonly List<AddressSpace> _mms = [new()];
    private readonly RawStacks _raw = new();
    private readonly RawSamples _samples = new();

    /// <summary>Begins a capture.</summary>
    public ProfileBuilder(ProfileInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        Info = info;
        _mms[KernelMm].WhyNone = FrameReason.KernelHidden;
    }

    /// <summary>What is true of the capture as a whole; set it again when the end is known.</summary>
    public ProfileInfo Info { get; set; }

    /// <summary>What is known to be missing so far.</summary>
    public Losses Losses { get; set; } = Losses.None;

    /// <summary>The number of samples so far.</summary>
    public int SampleCount => _samples.Count;

    /// <summary>The number of processes so far.</summary>
    public int ProcessCount => _processes.Count;

    /// <summary>The number of files so far.</summary>
    public int FileCount => _files.Count;

    /// <summary>The number of a file; the same for the same identity, even when its build id comes to be known only later.</summary>
    public int AddFile(ProfileFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return _files.Add(file);
    }

    /// <summary>Puts in a build id that became known.</summary>
    /// <param name="file">The file's number.</param>
    /// <param name="buildId">The build id; an empty one changes nothing.</param>
    /// <param name="codeBias">See <see cref="ProfileFile.CodeBias"/>.</param>
    public void SetBuildId(int file, BuildId buildId, long? codeBias = null) => _files.SetBuildId(file, buildId, codeBias);

    /// <summary>A file as it is known now.</summary>
    public ProfileFile FileOf(int file) => _files[file];

    /// <summary>The number of an address space.</summary>
    /// <param name="key">Anything that tells address spaces apart in this capture (the kernel's pointer and the start time mixed, say). It is not kept in the profile.</param>
    public int AddMm(ulong key)
    {
        if (!_mmNumbers.TryGetValue(key, out var mm))
        {
            mm = _mms.Count;
            _mms.Add(new AddressSpace());
            _mmNumbers.Add(key, mm);
        }

        return mm;
    }

    /// <summary>Says that an address space is gone, so that its key may come to mean another.</summary>
    public void ForgetMmKey(ulong key) => _mmNumbers.Remove(key);

    /// <summary>Says why no mappings of an address space could be taken.</summary>
    public void SetWhyUnmapped(int mm, FrameReason reason) => _mms[mm].WhyNone = reason;

    /// <summary>What is known of an address space.</summary>
    internal AddressSpace SpaceOf(int mm) => _mms[mm];

    /// <summary>Whether any mapping of an address space is known.</summary>
    public bool HasMappings(int mm) => _mms[mm].HasMappings;

    /// <summary>Takes in all executable mappings of an address space as they were at one moment.</summary>
    /// <param name="mm">As <see cref="AddMm"/> numbered it.</param>
    /// <param name="timeNs">The moment, on CLOCK_MONOTONIC.</param>
    /// <param name="mappings">Whole: a mapping that is not among them was not there. An incomplete snapshot is not to be given.</param>
    public void AddSnapshot(int mm, long timeNs, ReadOnlySpan<ProfileMapping> mappings) => _mms[mm].AddSnapshot(timeNs, mappings);

    /// <summary>Takes in one mapping that was there at one moment: what a look-up for one frame found.</summary>
    public void AddMapping(int mm, long timeNs, in ProfileMapping mapping) => _mms[mm].AddSighting(timeNs, mapping);

    /// <summary>Takes in a mapping that lies there from a moment on, until another one is told of that it overlaps.</summary>
    public void AddChange(int mm, long timeNs, in ProfileMapping mapping) => _mms[mm].AddChange(timeNs, mapping);

    /// <summary>The number of a process; the same for the same pid, start and exec.</summary>
    public int AddProcess(ProfileProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return _processes.Add(process);
    }

    /// <summary>Puts in what became known of a process later.</summary>
    public void SetProcess(int number, ProfileProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        _processes[number] = process;
    }

    /// <summary>A process as it is known now.</summary>
    public ProfileProcess ProcessOf(int number) => _processes[number];

    /// <summary>The number of a thread under a name; one that changes its name gets another number.</summary>
    public int AddThread(int process, int tid, string comm) => _processes.AddThread(process, tid, comm);

    /// <summary>Takes in a sample.</summary>
    /// <param name="sample">All but its addresses.</param>
    /// <param name="userFrames">User addresses from the leaf to the root; empty for none.</param>
    /// <param name="kernelFrames">Kernel addresses from the leaf to the root; empty for none.</param>
    public void AddSample(in ProfileSample sample, ReadOnlySpan<ulong> userFrames, ReadOnlySpan<ulong> kernelFrames) =>
        _samples.Add(sample, _raw.Add(userFrames), _raw.Add(kernelFrames));

    /// <summary>Says that what lay at a sample's user frames could not be looked up: it is marked, so that its frames are not taken for unmapped ones.</summary>
    /// <param name="timeNs">The sample's time.</param>
    public void AddRefusal(long timeNs) => _samples.AddRefusal(timeNs);

    /// <summary>The distinct addresses of kernel code so far, ascending.</summary>
    internal ulong[] KernelAddresses() => _raw.KernelAddresses();

    /// <summary>The capture so far. May be called again while samples go on coming.</summary>
    public Profile ToProfile()
    {
        var resolver = new StackResolver(_files, _mms, _raw);
        var samples = _samples.Resolve(resolver);
        return new Profile(
            Info,
            new ProfileTables
            {
                Files = _files.ToColumns(),
                Mms = MappingTables.MmsOf(_mms),
                Mappings = MappingTables.MappingsOf(_mms),
                Processes = _processes.ToColumns(),
                Threads = _processes.ThreadsToColumns(),
                Locations = resolver.Locations.ToColumns(),
                Stacks = resolver.Stacks.ToColumns(),
                Samples = samples,
            },
            names: null,
            Losses);
    }
}
