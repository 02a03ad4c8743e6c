namespace BpfInteractive;

/// <summary>
/// Stacks of addresses as they come from the kernel, each distinct one once, as a tree from the root on. What the addresses mean is worked out when all mappings are
/// known: a snapshot can come after the samples it explains.
/// </summary>
internal sealed class RawStacks
{
    /// <summary>No stack.</summary>
    internal const int None = -1;

    private readonly Dictionary<Node, int> _numbers = [];
    private readonly List<Node> _nodes = [];

    /// <summary>A frame: the one that called it, its address, and whether the CPU was there (a leaf) or is to come back there.</summary>
    private readonly record struct Node(int Caller, ulong Address, bool IsLeaf);

    /// <summary>The number of a stack.</summary>
    /// <param name="addresses">From the leaf to the root, as bpf_get_stack gives them.</param>
    internal int Add(ReadOnlySpan<ulong> addresses)
    {
        var stack = None;
        for (var at = addresses.Length - 1; at >= 0; at--)
        {
            var node = new Node(stack, addresses[at], at == 0);
            if (!_numbers.TryGetValue(node, out stack))
            {
                stack = _nodes.Count;
                _nodes.Add(node);
                _numbers.Add(node, stack);
            }
        }

        return stack;
    }

    /// <summary>A stack's addresses from the leaf to the root.</summary>
    internal void CopyTo(int stack, List<ulong> addresses)
    {
        addresses.Clear();
        for (; stack >= 0; stack = _nodes[stack].Caller)
        {
            addresses.Add(_nodes[stack].Address);
        }
    }
}
