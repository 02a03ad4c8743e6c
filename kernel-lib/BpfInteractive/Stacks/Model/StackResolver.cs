namespace BpfInteractive;

/// <summary>From stacks of addresses to stacks of locations, by what was mapped when each sample was taken.</summary>
internal sealed class StackResolver(FileTable files, IReadOnlyList<AddressSpace> mms, RawStacks raw)
{
    private readonly PairNumbers _asked = new();
    private readonly List<int> _answers = [];
    private readonly Dictionary<int, int> _jitFiles = [];
    private readonly Dictionary<BuildId, int> _filesOfBuilds = [];
    private readonly List<ulong> _addresses = [];
    private readonly List<int> _locations = [];

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

        var asked = _asked.Add(mm, ((ulong)mms[mm].EpochOf(timeNs) << 32) | (uint)stack, out var isNew);
        if (isNew)
        {
            var (found, isCut) = ResolveNew(mm, stack, timeNs);
            _answers.Add((found << 1) | (isCut ? 1 : 0));
        }

        isBroken = (_answers[asked] & 1) != 0;
        return _answers[asked] >> 1;
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

        raw.CopyTo(stack, _addresses);
        return Stacks.Add(RawStacks.None, LocationOutside(mm, _addresses[0], isReturn: false, FrameReason.NoSnapshot));
    }

    private (int Stack, bool IsBroken) ResolveNew(int mm, int stack, long timeNs)
    {
        raw.CopyTo(stack, _addresses);
        _locations.Clear();
        var isBroken = false;
        for (var at = 0; at < _addresses.Count && !isBroken; at++)
        {
            var (address, isReturn) = (_addresses[at], at > 0);
            var row = mms[mm].Find(isReturn ? address - 1 : address, timeNs, out var reason);
            if (row?.Mapping.File == ProfileMapping.NoCode)
            {
                (row, reason) = (null, FrameReason.Unmapped);
            }

            if (row is not null)
            {
                _locations.Add(LocationIn(mm, row.Mapping, address, isReturn));
            }
            else if (mms[mm].BuildIdPages.TryFind(address, timeNs, out var buildId, out var offset))
            {
                _locations.Add(Locations.Add(FileOf(buildId), offset, isReturn));
            }
            else if (isReturn && reason == FrameReason.Unmapped && mm != ProfileBuilder.KernelMm)
            {
                // Without frame pointers the walk reads what is no return address; what lies behind it is worth nothing.
                isBroken = true;
            }
            else
            {
                _locations.Add(LocationOutside(mm, address, isReturn, reason));
            }
        }

        var number = RawStacks.None;
        for (var at = _locations.Count - 1; at >= 0; at--)
        {
            number = Stacks.Add(number, _locations[at]);
        }

        return (number, isBroken);
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
