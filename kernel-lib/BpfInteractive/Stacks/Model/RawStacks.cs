namespace BpfInteractive;

/// <summary>
/// Stacks of addresses as they come from the kernel, each distinct one once, as a tree from the root on. What the addresses mean is worked out when all mappings are
/// known: a snapshot can come after the samples it explains.
/// </summary>
internal sealed class RawStacks
{
    /// <summary>No stack.</summary>
    internal const int None = -1;

    // A frame: the one that called it with, in the lowest bit, whether the CPU was there (a leaf) or is to come back there; and its address.
    private readonly PairNumbers _nodes = new();

    // By the frame at the root: most samples of a thread share all but a few frames with the one before.
    private readonly Recent?[] _recent = new Recent?[16];

    /// <summary>The number of a stack.</summary>
    /// <param name="addresses">From the leaf to the root, as bpf_get_stack gives them.</param>
    internal int Add(ReadOnlySpan<ulong> addresses)
    {
        if (addresses.IsEmpty)
        {
            return None;
        }

        var recent = _recent[(addresses[^1] >> 4) % (uint)_recent.Length] ??= new Recent();
        var common = recent.CommonWith(addresses);
        var stack = common == 0 ? None : recent.Nodes[common - 1];
        for (var depth = common; depth < addresses.Length - 1; depth++)
        {
            var address = addresses[^(depth + 1)];
            stack = _nodes.Add(stack << 1, address, out _);
            recent.Set(depth, address, stack);
        }

        recent.Length = addresses.Length - 1;
        return _nodes.Add((stack << 1) | 1, addresses[0], out _);
    }

    /// <summary>The number of the frame that called the topmost of a stack with; -1 at the root.</summary>
    internal int CallerOf(int stack) => _nodes.FirstOf(stack) >> 1;

    /// <summary>The topmost address of a stack.</summary>
    internal ulong AddressOf(int stack) => _nodes.SecondOf(stack);

    /// <summary>The distinct addresses of the kernel's half, ascending.</summary>
    internal ulong[] KernelAddresses()
    {
        var addresses = new List<ulong>();
        for (var stack = 0; stack < _nodes.Count; stack++)
        {
            if ((long)AddressOf(stack) < 0)
            {
                addresses.Add(AddressOf(stack));
            }
        }

        addresses.Sort();
        return [.. addresses.Distinct()];
    }

    /// <summary>Whether the CPU is to come back to a stack's topmost address.</summary>
    internal bool IsReturn(int stack) => (_nodes.FirstOf(stack) & 1) == 0;

    /// <summary>The callers of a stack that came before, from the root on, with their numbers.</summary>
    private sealed class Recent
    {
        private ulong[] _addresses = new ulong[128];

        internal int[] Nodes { get; private set; } = new int[128];

        internal int Length { get; set; }

        /// <summary>How many callers from the root on are the same.</summary>
        internal int CommonWith(ReadOnlySpan<ulong> addresses)
        {
            var most = Math.Min(Length, addresses.Length - 1);
            var common = 0;
            while (common < most && _addresses[common] == addresses[^(common + 1)])
            {
                common++;
            }

            return common;
        }

        internal void Set(int depth, ulong address, int node)
        {
            if (depth == _addresses.Length)
            {
                Array.Resize(ref _addresses, 2 * depth);
                var nodes = Nodes;
                Array.Resize(ref nodes, 2 * depth);
                Nodes = nodes;
            }

            (_addresses[depth], Nodes[depth]) = (address, node);
        }
    }
}
