namespace BpfInteractive.Charts;

/// <summary>Counts by powers of two, a row each, the small ones above: as BPF's own tools print them.</summary>
internal sealed class HistogramPicture(string title, long[] buckets, ColumnFormat format) : LivePicture(title)
{
    private const int Left = 150;
    private const int Right = 90;
    private const int RowHeight = 18;

    internal override string Draw(Scene scene, LiveMemory memory)
    {
        if (!buckets.Any(count => count > 0))
        {
            scene.AddLine("nothing yet", Palette.SoftInk);
            return "nothing yet";
        }

        var (first, last) = Log2Buckets.Range(buckets);
        var (greatest, all) = (buckets.Max(), buckets.Sum());
        var rows = new List<(string, string, double)>();
        for (var bucket = first; bucket <= last; bucket++)
        {
            var count = buckets[bucket];
            var name = $"{Log2Buckets.NameOf(bucket, format)} – {Log2Buckets.NameOf(bucket + 1, format)}";
            var width = (double)count / greatest * (Width - Left - Right);
            scene.Add(new Label(Left - 8, scene.Height + 13, name, Palette.Ink, 11, TextAnchor.End));
            scene.Add(new Box(Left, scene.Height + 2, width, 14, Palette.Blue, FormattableString.Invariant($"{name}: {count:N0}, {100.0 * count / all:0.0} %")));
            scene.Add(new Label(Left + width + 6, scene.Height + 13, count == 0 ? "" : Human.Count(count), Palette.SoftInk, 11));
            scene.Grow(RowHeight);
            rows.Add((name, Human.Count(count), (double)count / greatest));
        }

        scene.AddLine($"{Human.Count(all)} values", Palette.SoftInk, 11);
        return TextBars.Table(rows, namesRight: true) + $"\n{Human.Count(all)} values";
    }
}
