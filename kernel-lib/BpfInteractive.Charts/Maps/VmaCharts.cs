using System.Globalization;
using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>Pictures of address spaces.</summary>
public static class VmaCharts
{
    private const string Reserved = "reserved";
    private const string Kernel = "kernel";
    private const string Rest = "other";
    private const string Same = "unchanged";
    private static readonly string[] s_kinds = [Reserved, "file", "anon", "anon-named", "heap", "stack", "shm", "memfd", Kernel];
    private static readonly string[] s_changes = [Same, "unmapped", "shrunk", "protected", "replaced", "grown", "mapped"];

    /// <summary>
    /// The address space to scale: a row for each stretch between great gaps, coloured by what the memory is for (memory that nobody may touch is pale: reserved), with range, size and path
    /// under the pointer. It stays readable with tens of thousands of VMAs: neighbours that are narrower than a pixel are drawn together.
    /// </summary>
    public static GenericChart Chart(this VmaSnapshot snapshot, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return Chart(snapshot.Columns, title ?? $"{Figure.Plain(snapshot.Process.ToString())}: {Human.Vmas(snapshot.Count)} to scale");
    }

    /// <summary>The address space to scale, of any columns <c>start</c>, <c>end</c>, <c>perms</c>, <c>path</c> and <c>kind</c> in order of address.</summary>
    public static GenericChart Chart(Columns vmas, string title)
    {
        ArgumentNullException.ThrowIfNull(vmas);
        return AddressMap.Draw(title, BlocksOf(vmas), Palette.OfKind, s_kinds);
    }

    /// <summary>How much each file, or kind of memory without one, takes; the largest first.</summary>
    /// <param name="snapshot">The address space.</param>
    /// <param name="top">How many bars; the rest is one more.</param>
    /// <param name="title">The title; null for one that says it.</param>
    public static GenericChart SizesChart(this VmaSnapshot snapshot, int top = 20, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var groups = BlocksOf(snapshot.Columns).Where(block => block.Category != Reserved)
            .GroupBy(block => (Name: block.Path ?? $"[{block.Category}]", block.Category))
            .Select(group => (group.Key.Name, Kind: group.Key.Category, Size: group.Aggregate(0UL, (sum, block) => sum + block.Size), Count: group.Count()))
            .OrderByDescending(group => group.Size)
            .ToList();
        var bars = groups.Take(top).ToList();
        if (groups.Count > top)
        {
            var rest = groups.Skip(top).ToList();
            bars.Add(($"{rest.Count} more", Rest, rest.Aggregate(0UL, (sum, group) => sum + group.Size), rest.Sum(group => group.Count)));
        }

        var order = bars.Select(bar => Human.ShortenPath(bar.Name, 44)).ToArray();
        var traces = bars.Select((bar, at) => (bar, at)).GroupBy(entry => entry.bar.Kind).Select(kind => Figure.Trace(
            "bar",
            ("name", kind.Key),
            ("orientation", "h"),
            ("width", 0.7),
            ("y", kind.Select(entry => entry.at).ToArray()),
            ("x", kind.Select(entry => (double)entry.bar.Size).ToArray()),
            ("text", kind.Select(entry => Human.Bytes(entry.bar.Size)).ToArray()),
            ("textposition", "outside"),
            ("cliponaxis", false),
            ("hovertext", kind.Select(entry => $"{Figure.Plain(entry.bar.Name)}<br>{Human.Bytes(entry.bar.Size)} in {Human.Vmas(entry.bar.Count)}").ToArray()),
            ("hovertemplate", "%{hovertext}<extra></extra>"),
            ("marker", Figure.Map(("color", Palette.OfKind(kind.Key))))));
        return Figure.Chart(
            title ?? $"{Figure.Plain(snapshot.Process.ToString())}: the largest mappings by file and kind",
            traces,
            (26 * bars.Count) + 96,
            ("showlegend", true),
            ("legend", Figure.Map(("orientation", "h"), ("x", 0), ("y", 0), ("yref", "paper"), ("yanchor", "top"))),
            ("barmode", "overlay"),
            ("margin", Figure.Map(("l", 60), ("r", 90), ("t", 46), ("b", 46))),
            ("xaxis", Figure.Axis(null, ("showticklabels", false), ("showgrid", false), ("showline", false))),
            ("yaxis", Figure.Axis(null, ("range", new[] { Math.Max(order.Length, 1) - 0.5, -0.5 }), ("showgrid", false), ("tickmode", "array"), ("tickvals", Enumerable.Range(0, order.Length).ToArray()), ("ticktext", order.Select(Figure.Plain).ToArray()))));
    }

    /// <summary>Two snapshots compared: what was mapped, unmapped, has grown or shrunk or has other permissions since the earlier; the rest is pale.</summary>
    public static GenericChart CompareChart(this VmaSnapshot earlier, VmaSnapshot later, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(later);
        var diff = earlier.Diff(later);
        var changed = diff.Changes.Where(change => change.After is not null).Select(change => change.After!.Start).ToHashSet();
        var blocks = later.Where(vma => !changed.Contains(vma.Start)).Select(vma => BlockOf(vma, vma.Start, vma.End, Same))
            .Concat(diff.Changes.SelectMany(BlocksOf))
            .OrderBy(block => block.Start)
            .ToList();
        return AddressMap.Draw(title ?? Sentence(diff, later), blocks, ColourOfChange, s_changes, quiet: Same);
    }

    private static string Sentence(VmaDiff diff, VmaSnapshot later)
    {
        var counts = diff.Changes.GroupBy(change => change.Kind).OrderBy(group => group.Key).Select(group => $"{Human.Count(group.Count())} {group.Key.ToString().ToLowerInvariant()}");
        var changes = diff.Changes.Count == 0 ? "nothing changed" : string.Join(", ", counts);
        return $"{Figure.Plain(later.Process.ToString())}: {changes}, {Human.Vmas(diff.Same)} as before";
    }

    private static string ColourOfChange(string change) => change switch
    {
        "mapped" => Palette.Green,
        "unmapped" => Palette.Vermilion,
        "grown" => Palette.Blue,
        "shrunk" => Palette.Orange,
        "protected" => Palette.Purple,
        "replaced" => Palette.Yellow,
        _ => Palette.Pale,
    };

    /// <summary>A range that grew or shrank is drawn as what stayed and what is new or gone.</summary>
    private static IEnumerable<AddressBlock> BlocksOf(VmaChange change)
    {
        var name = change.Kind.ToString().ToLowerInvariant();
        if (change.Before is not { } before || change.After is not { } after || change.Kind is not (VmaChangeKind.Grown or VmaChangeKind.Shrunk))
        {
            var vma = (change.After ?? change.Before)!;
            yield return BlockOf(vma, vma.Start, vma.End, name);
            yield break;
        }

        var (wide, core) = change.Kind == VmaChangeKind.Grown ? (after, before) : (before, after);
        if (wide.Start < core.Start)
        {
            yield return BlockOf(wide, wide.Start, core.Start, name);
        }

        yield return BlockOf(core, Math.Max(wide.Start, core.Start), Math.Min(wide.End, core.End), Same);
        if (core.End < wide.End)
        {
            yield return BlockOf(wide, core.End, wide.End, name);
        }
    }

    /// <summary>What a block's colour says: the kind; that nobody may touch it; or that the kernel itself put it there.</summary>
    private static string CategoryOf(string permissions, string? kind) => (permissions, kind) switch
    {
        (['-', '-', '-', ..], _) => Reserved,
        (_, "vdso" or "vvar" or "vsyscall" or "uprobes" or "special" or null) => Kernel,
        _ => kind,
    };

    private static AddressBlock BlockOf(Vma vma, ulong start, ulong end, string category) =>
        new(start, end, category, Hover(category, start, end, vma.PermissionLetters, vma.Path), vma.Path);

    internal static List<AddressBlock> BlocksOf(Columns vmas)
    {
        var starts = vmas.Values<ulong>("start");
        var ends = vmas.Values<ulong>("end");
        var perms = vmas.Text("perms");
        var paths = vmas.Text("path");
        var kinds = vmas.Text("kind");
        var blocks = new List<AddressBlock>(vmas.RowCount);
        for (var row = 0; row < vmas.RowCount; row++)
        {
            var permissions = perms[row] ?? "";
            var hover = Hover(kinds[row] ?? Kernel, starts[row], ends[row], permissions, paths[row]);
            blocks.Add(new AddressBlock(starts[row], ends[row], CategoryOf(permissions, kinds[row]), hover, paths[row]));
        }

        return blocks;
    }

    private static string Hover(string category, ulong start, ulong end, string permissions, string? path) => string.Create(
        CultureInfo.InvariantCulture,
        $"<b>{category}</b>  {permissions}  {Human.Bytes(end - start)}<br>{Human.Address(start)} – {Human.Address(end)}{(path is null ? "" : "<br>" + Figure.Plain(Human.ShortenPath(path, 100)))}");
}
