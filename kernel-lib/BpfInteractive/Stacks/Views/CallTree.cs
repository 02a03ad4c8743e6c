using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>One node of a <see cref="CallTree"/>.</summary>
/// <param name="Parent">The node that called it; -1 for the processes.</param>
/// <param name="Text">The frame as people read it; of a process its name.</param>
/// <param name="Module">The file's name; empty for a process.</param>
/// <param name="Kind">What kind of code; null for a process.</param>
/// <param name="Reason">Why it has no function's name.</param>
/// <param name="Samples">Samples in it and in what it called.</param>
/// <param name="Self">What weighs on it alone, in the profile's unit.</param>
/// <param name="Total">What weighs on it and on what it called.</param>
public readonly record struct CallTreeNode(int Parent, string Text, string Module, FrameKind? Kind, FrameReason Reason, long Samples, long Self, long Total);

/// <summary>
/// A profile as a tree of calls, the processes' names first: what a flame graph draws. Parents stand before their children. Immutable.
/// </summary>
public sealed class CallTree
{
    private CallTree(CallTreeNode[] nodes, Losses losses) => (Nodes, Losses) = (nodes, losses);

    /// <summary>The nodes; each after its parent.</summary>
    public IReadOnlyList<CallTreeNode> Nodes { get; }

    /// <summary>What the profile missed.</summary>
    public Losses Losses { get; }

    /// <summary>What all weighs together.</summary>
    public long Total => Nodes.Where(node => node.Parent < 0).Sum(node => node.Total);

    internal static CallTree Of(Profile profile)
    {
        var groups = profile.Groups;
        var table = profile.Frames;
        var numbers = new Dictionary<(int Parent, string? Comm, int Frame), int>();
        var nodes = new List<CallTreeNode>();
        var frames = new List<int>();
        foreach (var group in groups.All)
        {
            groups.FramesOf(group, frames);
            var at = NodeOf((-1, group.Comm, -1));
            foreach (var frame in frames)
            {
                at = NodeOf((at, null, frame));
            }

            ref var leaf = ref CollectionsMarshal.AsSpan(nodes)[at];
            leaf = leaf with { Self = leaf.Self + group.Value, Samples = leaf.Samples + group.Samples };
        }

        return new CallTree(WithTotals(nodes), profile.Losses);

        int NodeOf((int Parent, string? Comm, int Frame) key)
        {
            if (!numbers.TryGetValue(key, out var number))
            {
                number = nodes.Count;
                numbers.Add(key, number);
                nodes.Add(key.Comm is not null
                    ? new CallTreeNode(-1, key.Comm, "", null, FrameReason.None, 0, 0, 0)
                    : new CallTreeNode(key.Parent, table[key.Frame].Text, table[key.Frame].Module, table[key.Frame].Kind, table[key.Frame].Reason, 0, 0, 0));
            }

            return number;
        }
    }

    // Children stand after their parents, so that from the end on each node is complete when it is added to its parent.
    private static CallTreeNode[] WithTotals(List<CallTreeNode> nodes)
    {
        var all = nodes.ToArray();
        for (var at = all.Length - 1; at >= 0; at--)
        {
            var node = all[at] = all[at] with { Total = all[at].Total + all[at].Self };
            if (node.Parent >= 0)
            {
                all[node.Parent] = all[node.Parent] with { Total = all[node.Parent].Total + node.Total, Samples = all[node.Parent].Samples + node.Samples };
            }
        }

        return all;
    }
}
