using System.Globalization;

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

    /// <summary>Blocks narrower than this part of their row are drawn together.</summary>
    private const ulong Resolution = 1500;

    internal static IReadOnlyList<AddressRow> Of(IReadOnlyList<AddressBlock> blocks)
    {
        if (blocks.Count == 0)
        {
            return [];
        }

        var threshold = GapThreshold(blocks);
        List<List<AddressBlock>> rows = [[blocks[0]]];
        for (var at = 1; at < blocks.Count; at++)
        {
            var gap = blocks[at].Start > blocks[at - 1].End ? blocks[at].Start - blocks[at - 1].End : 0;
            if (gap >= threshold)
            {
                rows.Add([]);
            }

            rows[^1].Add(blocks[at]);
        }

        var room = MostRows;
        return [.. rows.SelectMany(row => SplitAroundGiants(row, ref room)).Select(row => new AddressRow(Together(row)))];
    }

    private static List<List<AddressBlock>> SplitAroundGiants(List<AddressBlock> row, ref int room)
    {
        var giant = row.MaxBy(block => block.Size);
        var rest = row.Aggregate(0UL, (sum, block) => sum + block.Size) - giant.Size;
        if (row.Count < 2 || room <= 0 || giant.Size < rest * Dominance)
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

    /// <summary>The gap from which on a new row begins: so that there are not more rows than a person reads.</summary>
    private static ulong GapThreshold(IReadOnlyList<AddressBlock> blocks)
    {
        var gaps = new List<ulong>();
        for (var at = 1; at < blocks.Count; at++)
        {
            if (blocks[at].Start > blocks[at - 1].End && blocks[at].Start - blocks[at - 1].End >= SmallestGap)
            {
                gaps.Add(blocks[at].Start - blocks[at - 1].End);
            }
        }

        gaps.Sort();
        return gaps.Count < MostRows ? SmallestGap : gaps[^(MostRows - 1)];
    }

    private static List<AddressBlock> Together(List<AddressBlock> row)
    {
        var narrow = Math.Max(1, (row[^1].End - row[0].Start) / Resolution);
        var drawn = new List<AddressBlock>();
        var pending = new List<AddressBlock>();
        foreach (var block in row)
        {
            if (pending.Count > 0 && (block.End - pending[0].Start > narrow || block.Size >= narrow))
            {
                drawn.Add(Merge(pending));
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
            drawn.Add(Merge(pending));
        }

        return drawn;
    }

    private static AddressBlock Merge(List<AddressBlock> blocks)
    {
        if (blocks.Count == 1)
        {
            return blocks[0];
        }

        var categories = blocks.GroupBy(block => block.Category)
            .Select(group => (Name: group.Key, Size: group.Aggregate(0UL, (sum, block) => sum + block.Size), Count: group.Count()))
            .OrderByDescending(group => group.Size)
            .ToList();
        var parts = string.Join("<br>", categories.Select(group => $"{Human.Count(group.Count)} × {group.Name}, {Human.Bytes(group.Size)}"));
        var hover = string.Create(
            CultureInfo.InvariantCulture,
            $"<b>{blocks.Count:N0} VMAs</b> drawn together<br>{Human.Address(blocks[0].Start)} – {Human.Address(blocks[^1].End)}<br>{parts}");
        return new AddressBlock(blocks[0].Start, blocks[^1].End, categories[0].Name, hover, blocks.Count);
    }
}
