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

    /// <summary>The number of a stack.</summary>
    /// <param name="addresses">From the leaf to the root, as bpf_get_stack gives them.</param>
    internal int Add(ReadOnlySpan<ulong> addresses)
    {
        var stack = None;
        for (var at = addresses.Length - 1; at >= 0; at--)
        {
            stack = _nodes.Add((stack << 1) | (at == 0 ? 1 : 0), addresses[at], out _);
        }

        return stack;
    }

    /// <summary>A stack's addresses from the leaf to the root.</summary>
    internal void CopyTo(int stack, List<ulong> addresses)
    {
        addresses.Clear();
        for (; stack >= 0; stack = _nodes.FirstOf(stack) >> 1)
        {
            addresses.Add(_nodes.SecondOf(stack));
        }
    }
}
