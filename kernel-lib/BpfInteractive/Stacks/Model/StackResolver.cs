namespace BpfInteractive;

/// <summary>From stacks of addresses to stacks of locations, by what was mapped when each sample was taken.</summary>
internal sealed class StackResolver(FileTable files, IReadOnlyList<AddressSpace> mms, RawStacks raw)
{
    private readonly Dictionary<(int Mm, int Raw, int Epoch), (int Stack, bool IsBroken)> _known = [];
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

        var key = (mm, stack, mms[mm].EpochOf(timeNs));
        if (!_known.TryGetValue(key, out var known))
        {
            known = ResolveNew(mm, stack, timeNs);
            _known.Add(key, known);
        }

        isBroken = known.IsBroken;
        return known.Stack;
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
        : Locations.Add(files.Add(new ProfileFile { Kind = ProfileFileKind.Jit, Path = "[jit]", Mm = mm }), address, isReturn);

    // An address of the kernel that is in nothing known is not kept: it would tell where the kernel lies.
    private int LocationOutside(int mm, ulong address, bool isReturn, FrameReason reason) => mm == ProfileBuilder.KernelMm
        ? Locations.Add(files.Add(new ProfileFile { Kind = ProfileFileKind.Kernel, Path = "[kernel]" }), 0, isReturn: false, reason)
        : Locations.Add(files.Add(new ProfileFile { Kind = ProfileFileKind.Unmapped, Path = "[unmapped]", Mm = mm }), address, isReturn, reason);
}
