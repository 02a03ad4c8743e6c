namespace BpfInteractive.Charts;

/// <summary>
/// Cuts an address space into rows that can be drawn to scale: at great gaps, and around blocks so large that nothing else in their row could be seen.
/// Narrow blocks are drawn together, so that the picture's size does not grow with the number of VMAs.
/// </summary>
internal static class AddressRows
{
    private const int MostRows = 24;
    private const ulong SmallestGap = 1 << 20;

    /// <summary>A block that is so many times all its row's others gets a row of its own.</summary>
    private const ulong Dominance = 12;

    /// <summary>A guard page beside a stack stays with it.</summary>
    private const int WorthSplitting = 4;

    /// <summary>Blocks narrower than this part of their row are drawn together.</summary>
    internal const ulong Resolution = 1500;

    /// <param name="blocks">In order of their starts.</param>
    /// <param name="quiet">The category that steps back where narrow blocks are drawn together.</param>
    /// <param name="resolution">Into so many parts a row is thought cut; blocks narrower than one are drawn together.</param>
    internal static IReadOnlyList<AddressRow> Of(IReadOnlyList<AddressBlock> blocks, string? quiet = null, ulong resolution = Resolution)
    {
        if (blocks.Count == 0)
        {
            return [];
        }

        var breaks = GreatGaps(GapsBefore(blocks));
        List<List<AddressBlock>> rows = [];
        for (var at = 0; at < blocks.Count; at++)
        {
            if (at == 0 || breaks.Contains(at))
            {
                rows.Add([]);
            }

            rows[^1].Add(blocks[at]);
        }

        var room = MostRows;
        return [.. rows.SelectMany(row => SplitAroundGiants(row, ref room)).Select(row => new AddressRow(Together(row, quiet, resolution)))];
    }

    /// <summary>The free addresses before each block; none where blocks lie over each other.</summary>
    private static ulong[] GapsBefore(IReadOnlyList<AddressBlock> blocks)
    {
        var gaps = new ulong[blocks.Count];
        var end = blocks[0].End;
        for (var at = 1; at < blocks.Count; at++)
        {
            gaps[at] = blocks[at].Start > end ? blocks[at].Start - end : 0;
            end = Math.Max(end, blocks[at].End);
        }

        return gaps;
    }

    private static List<List<AddressBlock>> SplitAroundGiants(List<AddressBlock> row, ref int room)
    {
        var giant = row.MaxBy(block => block.Size);
        var rest = row.Aggregate(0UL, (sum, block) => sum + block.Size) - giant.Size;
        if (row.Count < WorthSplitting || room <= 0 || giant.Size < rest * Dominance)
        {
            return [row];
        }

        room--;
        var at = row.IndexOf(giant);
        List<List<AddressBlock>> parts = [];
        if (at > 0)
        {
            parts.AddRange(SplitAroundGiants(row[..at], ref room));
        }

        parts.Add([giant]);
        if (at + 1 < row.Count)
        {
            parts.AddRange(SplitAroundGiants(row[(at + 1)..], ref room));
        }

        return parts;
    }

    /// <summary>Where new rows begin: at the greatest gaps, so that there are not more rows than a person reads.</summary>
    private static HashSet<int> GreatGaps(ulong[] gaps) =>
        [.. Enumerable.Range(0, gaps.Length).Where(at => gaps[at] >= SmallestGap).OrderByDescending(at => gaps[at]).Take(MostRows - 1)];

    private static List<AddressBlock> Together(List<AddressBlock> row, string? quiet, ulong resolution)
    {
        var narrow = Math.Max(1, (row.Max(block => block.End) - row[0].Start) / resolution);
        var drawn = new List<AddressBlock>();
        var pending = new List<AddressBlock>();
        foreach (var block in row)
        {
            if (pending.Count > 0 && (block.End - pending[0].Start > narrow || block.Size >= narrow))
            {
                drawn.AddRange(Merge(pending, quiet));
                pending.Clear();
            }

            if (block.Size >= narrow)
            {
                drawn.Add(block);
            }
            else
            {
                pending.Add(block);
            }
        }

        if (pending.Count > 0)
        {
            drawn.AddRange(Merge(pending, quiet));
        }

        return drawn;
    }

    /// <summary>One block for each category, one above the other; or one alone where the quiet category stands back.</summary>
    private static IEnumerable<AddressBlock> Merge(List<AddressBlock> blocks, string? quiet)
    {
        if (blocks.Count == 1)
        {
            return blocks;
        }

        var categories = blocks.GroupBy(block => block.Category)
            .Select(group => (Name: group.Key, Size: group.Aggregate(0UL, (sum, block) => sum + block.Size), Count: group.Count()))
            .OrderBy(group => group.Name == quiet)
            .ThenByDescending(group => group.Size)
            .ToList();
        var (start, end) = (blocks[0].Start, blocks.Max(block => block.End));
        var parts = string.Join("<br>", categories.Select(group => $"{Human.Count(group.Count)} × {group.Name}, {Human.Bytes(group.Size)}"));
        var hover = $"<b>{Human.Vmas(blocks.Count)}</b> drawn together<br>{Human.Address(start)} – {Human.Address(end)}<br>{parts}";
        return quiet is null ? Stacked(categories, start, end, hover) : [new AddressBlock(start, end, categories[0].Name, hover, Count: blocks.Count)];
    }

    private static IEnumerable<AddressBlock> Stacked(List<(string Name, ulong Size, int Count)> categories, ulong start, ulong end, string hover)
    {
        var all = categories.Sum(category => (double)category.Size);
        var low = 0.0;
        foreach (var (name, size, count) in categories)
        {
            yield return new AddressBlock(start, end, name, hover, Count: count, Low: low, Height: size / all);
            low += size / all;
        }
    }
}
