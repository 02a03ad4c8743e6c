using System.Globalization;

namespace BpfInteractive.Charts;

/// <summary>A flame graph of the frames that are wide enough to be seen; a frame stands under its caller.</summary>
internal sealed class FlamePicture(string title, Profile profile) : LivePicture(title)
{
    private const int RowHeight = 17;
    private const int MostLevels = 24;

    /// <summary>In pixels: narrower frames are left out.</summary>
    private const double Narrowest = 4;

    private static readonly Dictionary<FrameKind, string> s_colors = new()
    {
        [FrameKind.Kernel] = "#F5C78F",
        [FrameKind.User] = "#A3CCE9",
        [FrameKind.Jit] = "#A2DFC7",
    };

    internal override string Draw(Scene scene, LiveMemory memory)
    {
        var nodes = profile.ToCallTree().Nodes;
        var all = nodes.Where(node => node.Parent < 0).Sum(node => node.Total);
        if (all == 0)
        {
            scene.AddLine("no samples yet", Palette.SoftInk);
            return "no samples yet";
        }

        var scale = (Width - 8.0) / all;
        var left = new double[nodes.Count];
        var level = new int[nodes.Count];
        var next = new double[nodes.Count];
        var roots = 4.0;
        var deepest = 0;
        for (var at = 0; at < nodes.Count; at++)
        {
            var (node, width) = (nodes[at], nodes[at].Total * scale);
            if (node.Parent < 0)
            {
                (left[at], roots) = (roots, roots + width);
            }
            else
            {
                (left[at], next[node.Parent]) = (next[node.Parent], next[node.Parent] + width);
                level[at] = level[node.Parent] + 1;
            }

            next[at] = left[at];
            if (width >= Narrowest && level[at] < MostLevels)
            {
                deepest = Math.Max(deepest, level[at]);
                AddFrame(scene, node, left[at], scene.Height + (level[at] * RowHeight), width, all);
            }
        }

        scene.Grow(((deepest + 1) * RowHeight) + 4);
        return TextOf();
    }

    private static void AddFrame(Scene scene, CallTreeNode node, double x, double y, double width, long all)
    {
        var share = string.Create(CultureInfo.InvariantCulture, $"{100.0 * node.Total / all:0.0} %");
        scene.Add(new Box(x, y, width - 0.6, RowHeight - 1, node.Kind is { } kind && s_colors.TryGetValue(kind, out var color) ? color : "#D9DCE1", $"{node.Text} {node.Module} {share}"));
        var room = (int)((width - 6) / 6.6);
        if (room >= 3)
        {
            scene.Add(new Label(x + 3, y + 12, Human.Shorten(node.Text, room), Palette.Ink, 11));
        }
    }

    private string TextOf()
    {
        var functions = profile.FunctionColumns();
        var names = functions.Text("function");
        var self = functions.Values<long>("self");
        var all = Math.Max(profile.TotalValue, 1);
        var rows = new List<(string, string, double)>();
        for (var row = 0; row < Math.Min(functions.RowCount, 12); row++)
        {
            rows.Add((names[row] ?? "–", string.Create(CultureInfo.InvariantCulture, $"{100.0 * self[row] / all:0.0} %"), (double)self[row] / all));
        }

        return TextBars.Table(rows);
    }
}
