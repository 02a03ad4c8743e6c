using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>One node of a tree of calls with what weighed on it before and after, in the profiles' unit.</summary>
/// <param name="Parent">The node that called it; -1 for the processes.</param>
/// <param name="Text">The frame as people read it; of a process its name.</param>
/// <param name="Module">The file's name.</param>
/// <param name="Kind">What kind of code; null for a process.</param>
/// <param name="Before">What weighed on it and on what it called, before.</param>
/// <param name="After">The same, after.</param>
public readonly record struct DifferenceNode(int Parent, string Text, string Module, FrameKind? Kind, long Before, long After);

/// <summary>
/// Two profiles side by side, by the text of frames: processes and addresses differ from run to run, functions do not. Shares of the whole are compared, so that the captures
/// need not be equally long.
/// </summary>
public sealed class ProfileDifference
{
    private readonly Profile _before;
    private readonly Profile _after;
    private readonly Lazy<IReadOnlyList<DifferenceNode>> _nodes;

    internal ProfileDifference(Profile before, Profile after)
    {
        if (before.Info.ValueUnit != after.Info.ValueUnit)
        {
            throw new ArgumentException($"{before.Info.ValueUnit} and {after.Info.ValueUnit} cannot be compared", nameof(before));
        }

        (_before, _after) = (before, after);
        _nodes = new(MakeNodes);
    }

    /// <summary>What all weighs together before.</summary>
    public long TotalBefore => _before.TotalValue;

    /// <summary>What all weighs together after.</summary>
    public long TotalAfter => _after.TotalValue;

    /// <summary>The unit of the weights.</summary>
    public string ValueUnit => _after.Info.ValueUnit;

    /// <summary>What either missed.</summary>
    public Losses Losses => _before.Losses.Plus(_after.Losses);

    /// <summary>The tree of calls of both; parents stand before their children.</summary>
    public IReadOnlyList<DifferenceNode> Nodes => _nodes.Value;

    /// <summary>
    /// The functions of both: <c>function, module, kind, self_before, self_after, share_before, share_after, change</c>. Shares are of the whole, in percent; change is the
    /// difference of the shares in points. The largest change, up or down, comes first.
    /// </summary>
    public Columns FunctionColumns()
    {
        var both = new Dictionary<(string Function, string Module, string Kind), (long Before, long After)>();
        Gather(_before, (known, self) => (known.Before + self, known.After), both);
        Gather(_after, (known, self) => (known.Before, known.After + self), both);
        var rows = both.Select(entry => (entry.Key, entry.Value, Before: Share(entry.Value.Before, TotalBefore), After: Share(entry.Value.After, TotalAfter)))
            .OrderByDescending(row => Math.Abs(row.After - row.Before)).ThenBy(row => row.Key.Function, StringComparer.Ordinal).ToArray();
        return new Columns(
            "difference",
            [
                TextColumn.Of("function", rows.Select(row => row.Key.Function)),
                TextColumn.Of("module", rows.Select(row => row.Key.Module)),
                TextColumn.Of("kind", rows.Select(row => row.Key.Kind)),
                new Column<long>("self_before", [.. rows.Select(row => row.Value.Before)], _before.ValueFormat),
                new Column<long>("self_after", [.. rows.Select(row => row.Value.After)], _before.ValueFormat),
                new Column<double>("share_before", [.. rows.Select(row => Math.Round(row.Before, 3))]),
                new Column<double>("share_after", [.. rows.Select(row => Math.Round(row.After, 3))]),
                new Column<double>("change", [.. rows.Select(row => Math.Round(row.After - row.Before, 3))]),
            ],
            Losses);
    }

    private static void Gather(Profile profile, Func<(long Before, long After), long, (long, long)> add, Dictionary<(string, string, string), (long, long)> both)
    {
        var functions = profile.FunctionColumns();
        var (names, modules, kinds) = (functions.Text("function"), functions.Text("module"), functions.Text("kind"));
        var self = functions.Values<long>("self");
        for (var row = 0; row < self.Length; row++)
        {
            var key = (names[row]!, modules[row]!, kinds[row]!);
            both[key] = add(both.GetValueOrDefault(key), self[row]);
        }
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : 100.0 * part / whole;

    private List<DifferenceNode> MakeNodes()
    {
        var numbers = new Dictionary<(int Parent, string Text, string Module, FrameKind? Kind), int>();
        var nodes = new List<DifferenceNode>();
        Add(_before.ToCallTree(), (node, total) => node with { Before = node.Before + total });
        Add(_after.ToCallTree(), (node, total) => node with { After = node.After + total });
        return nodes;

        void Add(CallTree tree, Func<DifferenceNode, long, DifferenceNode> add)
        {
            var placed = new int[tree.Nodes.Count];
            for (var at = 0; at < placed.Length; at++)
            {
                var node = tree.Nodes[at];
                var key = (node.Parent < 0 ? -1 : placed[node.Parent], node.Text, node.Module, node.Kind);
                if (!numbers.TryGetValue(key, out placed[at]))
                {
                    placed[at] = numbers[key] = nodes.Count;
                    nodes.Add(new DifferenceNode(key.Item1, node.Text, node.Module, node.Kind, 0, 0));
                }

                ref var both = ref CollectionsMarshal.AsSpan(nodes)[placed[at]];
                both = add(both, node.Total);
            }
        }
    }
}
