namespace BpfInteractive.Charts;

/// <summary>An address space in rows to scale, as <see cref="VmaCharts"/> cuts it.</summary>
internal sealed class VmaMapPicture(string title, VmaSnapshot snapshot) : LivePicture(title)
{
    private const int Left = 120;
    private const int Right = 150;
    private const int RowHeight = 26;

    /// <summary>In pixels: nobody hits a narrower one with the pointer.</summary>
    private const double NarrowestWithTip = 4;

    /// <summary>Where there are more, neighbours are drawn together.</summary>
    private const int MostBlocks = 120;

    /// <summary>An update goes over the wire up to ten times a second: the widest blocks have tips, and a tip names the file without its folder.</summary>
    private const int MostTips = 48;

    internal override string Draw(Scene scene, LiveMemory memory)
    {
        var blocks = VmaCharts.BlocksOf(snapshot.Columns);
        var room = Width - Left - Right;
        scene.Grow(4);
        var rows = RowsOf(blocks);
        var tipped = rows.SelectMany(row => row.Blocks.Select(block => (double)block.Size / row.Span * room)).OrderDescending().Skip(MostTips).FirstOrDefault();
        foreach (var row in rows)
        {
            scene.Add(new Label(Left - 8, scene.Height + 15, Human.Address(row.Start), Palette.SoftInk, 11, TextAnchor.End));
            scene.Add(new Box(Left, scene.Height + 10, room, 1, "#E4E7EB"));
            foreach (var block in row.Blocks)
            {
                var x = (double)(block.Start - row.Start) / row.Span * room;
                var width = Math.Max(1, (double)block.Size / row.Span * room);
                var tip = width < Math.Max(NarrowestWithTip, tipped) ? null : $"{block.Category} {Human.Bytes(block.Size)}{(block.Path is null ? "" : " " + FileName(block.Path))}";
                scene.Add(new Box(Left + x, scene.Height + 2 + (18 * block.Low), width, 18 * block.Height, Palette.OfKind(block.Category), tip));
            }

            scene.Add(new Label(Left + room + 8, scene.Height + 15, $"{Human.Bytes(row.Span)} · {Human.Vmas(row.VmaCount)}", Palette.SoftInk, 11));
            scene.Grow(RowHeight);
        }

        var kinds = blocks.GroupBy(block => block.Category)
            .Select(kind => (Name: kind.Key, Size: kind.Aggregate(0UL, (sum, block) => sum + block.Size)))
            .OrderByDescending(kind => kind.Size)
            .ToList();
        var at = (double)Left;
        foreach (var (name, size) in kinds)
        {
            var text = $"{name} {Human.Bytes(size)}";
            scene.Add(new Box(at, scene.Height + 4, 10, 10, Palette.OfKind(name)));
            scene.Add(new Label(at + 14, scene.Height + 13, text, Palette.Ink, 11));
            at += (text.Length * 6) + 34;
        }

        scene.Grow(22);
        var greatest = Math.Max(kinds.Select(kind => (double)kind.Size).DefaultIfEmpty().Max(), 1);
        return TextBars.Table([.. kinds.Select(kind => (kind.Name, Human.Bytes(kind.Size), kind.Size / greatest))]);
    }

    /// <summary>As finely as the wire bears it.</summary>
    private static IReadOnlyList<AddressRow> RowsOf(IReadOnlyList<AddressBlock> blocks)
    {
        var rows = AddressRows.Of(blocks);
        for (var resolution = AddressRows.Resolution / 2; resolution > 8 && rows.Sum(row => row.Blocks.Count) > MostBlocks; resolution /= 2)
        {
            rows = AddressRows.Of(blocks, resolution: resolution);
        }

        return rows;
    }

    /// <summary>The last part of a path as the kernel shows it: "libc.so.6", "gone (deleted)", "[heap]".</summary>
    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];
}
