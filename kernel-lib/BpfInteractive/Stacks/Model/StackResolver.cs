namespace BpfInteractive;

/// <summary>From stacks of addresses to stacks of locations, by what was mapped when each sample was taken.</summary>
internal sealed class StackResolver(FileTable files, IReadOnlyList<AddressSpace> mms, RawStacks raw)
{
    private readonly PairNumbers _asked = new();
    private readonly List<int> _answers = [];
    private readonly Dictionary<int, int> _jitFiles = [];
    private readonly Dictionary<BuildId, int> _filesOfBuilds = [];
    private readonly List<(int Stack, int Location)> _open = [];

    internal LocationTable Locations { get; } = new();

    internal StackTable Stacks { get; } = new();

    /// <summary>The number of a stack in <see cref="Stacks"/>; -1 for none.</summary>
    /// <param name="mm">The address space.</param>
    /// <param name="stack">The stack of addresses.</param>
    /// <param name="timeNs">When the address space is asked.</param>
    /// <param name="isBroken">Whether a caller lay outside all code, and the stack ends before it.</param>
    internal int Resolve(int mm, int stack, long timeNs, out bool isBroken)
    {
        isBroken = false;
        if (stack < 0)
        {
            return RawStacks.None;
        }

        var answer = ResolveFrom(mm, stack, timeNs);
        isBroken = (answer & 1) != 0;
        return answer >> 1;
    }

    /// <summary>
    /// The number of a stack whose look-up was refused: its leaf alone, in no mapping. What lay there at another time may have gone, and another file come to its place.
    /// </summary>
    internal int ResolveRefused(int mm, int stack)
    {
        if (stack < 0)
        {
            return RawStacks.None;
        }

        return Stacks.Add(RawStacks.None, LocationOutside(mm, raw.AddressOf(stack), isReturn: false, FrameReason.NoSnapshot));
    }

    /// <summary>
    /// The stack with, in the lowest bit, whether it is broken. From the leaf towards the root as far as a caller that was resolved before, for stacks share most of their callers;
    /// each frame on the way is kept for the next.
    /// </summary>
    private int ResolveFrom(int mm, int stack, long timeNs)
    {
        var epoch = (ulong)mms[mm].EpochOf(timeNs) << 32;
        var answer = RawStacks.None << 1;
        _open.Clear();
        for (var at = stack; at >= 0; at = raw.CallerOf(at))
        {
            if (_asked.Find(mm, epoch | (uint)at) is >= 0 and var known)
            {
                answer = _answers[known];
                break;
            }

            if (!TryLocate(mm, raw.AddressOf(at), raw.IsReturn(at), timeNs, out var location))
            {
                answer |= 1;
                break;
            }

            _open.Add((at, location));
        }

        for (var at = _open.Count - 1; at >= 0; at--)
        {
            answer = (Stacks.Add(answer >> 1, _open[at].Location) << 1) | (answer & 1);
            _asked.Add(mm, epoch | (uint)_open[at].Stack, out _);
            _answers.Add(answer);
        }

        return answer;
    }

    /// <summary>Where a frame is; false for a caller that lies outside all code. Without frame pointers the walk reads what is no return address; what lies behind it is worth nothing.</summary>
    private bool TryLocate(int mm, ulong address, bool isReturn, long timeNs, out int location)
    {
        var row = mms[mm].Find(isReturn ? address - 1 : address, timeNs, out var reason);
        if (row?.Mapping.File == ProfileMapping.NoCode)
        {
            (row, reason) = (null, FrameReason.Unmapped);
        }

        var isBreak = row is null && isReturn && reason == FrameReason.Unmapped && mm != ProfileBuilder.KernelMm;
        location = row is not null ? LocationIn(mm, row.Mapping, address, isReturn)
            : mms[mm].BuildIdPages.TryFind(address, timeNs, out var buildId, out var offset) ? Locations.Add(FileOf(buildId), offset, isReturn)
            : isBreak ? RawStacks.None
            : LocationOutside(mm, address, isReturn, reason);
        return location >= 0;
    }

    private int LocationIn(int mm, in ProfileMapping mapping, ulong address, bool isReturn) => mapping.File >= 0
        ? Locations.Add(mapping.File, address - mapping.Start + mapping.Offset, isReturn)
        : Locations.Add(JitFileOf(mm), address, isReturn);

    private int FileOf(BuildId buildId)
    {
        if (!_filesOfBuilds.TryGetValue(buildId, out var file))
        {
            _filesOfBuilds[buildId] = file = files.Of(buildId);
        }

        return file;
    }

    private int JitFileOf(int mm)
    {
        if (!_jitFiles.TryGetValue(mm, out var file))
        {
            _jitFiles[mm] = file = files.Add(new ProfileFile { Kind = ProfileFileKind.Jit, Path = "[jit]", Mm = mm });
        }

        return file;
    }

    // An address of the kernel that is in nothing known is not kept: it would tell where the kernel lies.
    private int LocationOutside(int mm, ulong address, bool isReturn, FrameReason reason) => mm == ProfileBuilder.KernelMm
        ? Locations.Add(files.Add(new ProfileFile { Kind = ProfileFileKind.Kernel, Path = "[kernel]" }), 0, isReturn: false, reason)
        : Locations.Add(files.Add(new ProfileFile { Kind = ProfileFileKind.Unmapped, Path = "[unmapped]", Mm = mm }), address, isReturn, reason);
}
