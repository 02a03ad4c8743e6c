using System.Globalization;
using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>Pictures of address spaces.</summary>
public static class VmaCharts
{
    private const string Reserved = "reserved";
    private const string Same = "unchanged";
    private static readonly string[] s_kinds = ["file", "anon", "anon-named", "heap", "stack", "shm", "memfd", Reserved, "vdso", "vvar", "vsyscall", "uprobes", "special"];
    private static readonly string[] s_changes = ["mapped", "unmapped", "grown", "shrunk", "protected", "replaced", Same];

    /// <summary>
    /// The address space to scale: a row for each stretch between great gaps, coloured by what the memory is for (memory that nobody may touch is pale: reserved), with range, size and path
    /// under the pointer. It stays readable with tens of thousands of VMAs: neighbours that are narrower than a pixel are drawn together.
    /// </summary>
    public static GenericChart Chart(this VmaSnapshot snapshot, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return Chart(snapshot.Columns, title ?? $"Address space of {snapshot.Process}");
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
        var groups = snapshot.Where(vma => KindOf(vma) != Reserved)
            .GroupBy(vma => (Name: vma.Path ?? $"[{KindOf(vma)}]", Kind: KindOf(vma)))
            .Select(group => (group.Key.Name, group.Key.Kind, Size: group.Aggregate(0UL, (sum, vma) => sum + vma.SizeBytes), Count: group.Count()))
            .OrderByDescending(group => group.Size)
            .ToList();
        var bars = groups.Take(top).ToList();
        if (groups.Count > top)
        {
            var rest = groups.Skip(top).ToList();
            bars.Add(($"{rest.Count} more", "special", rest.Aggregate(0UL, (sum, group) => sum + group.Size), rest.Sum(group => group.Count)));
        }

        var order = bars.Select(bar => Human.Shorten(bar.Name, 48)).ToArray();
        var traces = bars.Select((bar, at) => (bar, at)).GroupBy(entry => entry.bar.Kind).Select(kind => Figure.Trace(
            "bar",
            ("name", kind.Key == "special" ? "other" : kind.Key),
            ("orientation", "h"),
            ("width", 0.7),
            ("y", kind.Select(entry => entry.at).ToArray()),
            ("x", kind.Select(entry => (double)entry.bar.Size).ToArray()),
            ("text", kind.Select(entry => Human.Bytes(entry.bar.Size)).ToArray()),
            ("textposition", "outside"),
            ("cliponaxis", false),
            ("hovertext", kind.Select(entry => $"{Figure.Plain(entry.bar.Name)}<br>{Human.Bytes(entry.bar.Size)} in {entry.bar.Count} VMAs").ToArray()),
            ("hovertemplate", "%{hovertext}<extra></extra>"),
            ("marker", Figure.Map(("color", Palette.OfKind(kind.Key))))));
        return Figure.Chart(
            title ?? $"What takes the memory of {snapshot.Process}, by size of its mappings",
            traces,
            (26 * bars.Count) + 130,
            ("showlegend", true),
            ("legend", Figure.Map(("orientation", "h"), ("x", 0), ("y", -0.02), ("yanchor", "top"))),
            ("barmode", "overlay"),
            ("margin", Figure.Map(("l", 60), ("r", 90), ("t", 56), ("b", 40))),
            ("xaxis", Figure.Axis(null, ("showticklabels", false), ("showgrid", false), ("showline", false))),
            ("yaxis", Figure.Axis(null, ("autorange", "reversed"), ("showgrid", false), ("tickmode", "array"), ("tickvals", Enumerable.Range(0, order.Length).ToArray()), ("ticktext", order.Select(Figure.Plain).ToArray()))));
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
        return AddressMap.Draw(title ?? $"What changed in {later.Process}", blocks, ColourOfChange, s_changes);
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

    private static string KindOf(Vma vma) => (vma.Permissions & ~VmaPermissions.Shared) == 0 ? Reserved : KindName(vma.Kind);

    private static string KindName(VmaKind kind) => kind switch
    {
        VmaKind.File => "file",
        VmaKind.Anonymous => "anon",
        VmaKind.NamedAnonymous => "anon-named",
        VmaKind.SharedMemory => "shm",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static AddressBlock BlockOf(Vma vma, ulong start, ulong end, string category) =>
        new(start, end, category, Hover(category, start, end, vma.ToString().Split(' ')[1], vma.Path));

    private static List<AddressBlock> BlocksOf(Columns vmas)
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
            var kind = permissions.StartsWith("---", StringComparison.Ordinal) ? Reserved : kinds[row] ?? "special";
            blocks.Add(new AddressBlock(starts[row], ends[row], kind, Hover(kind, starts[row], ends[row], permissions, paths[row])));
        }

        return blocks;
    }

    private static string Hover(string category, ulong start, ulong end, string permissions, string? path) => string.Create(
        CultureInfo.InvariantCulture,
        $"<b>{category}</b>  {permissions}  {Human.Bytes(end - start)}<br>{Human.Address(start)} – {Human.Address(end)}{(path is null ? "" : "<br>" + Figure.Plain(Human.Shorten(path, 100)))}");
}
