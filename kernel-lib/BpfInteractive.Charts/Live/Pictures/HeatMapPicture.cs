namespace BpfInteractive.Charts;

/// <summary>Counts by powers of two over time: what came since the frame before is a column.</summary>
internal sealed class HeatMapPicture(string title, long[] buckets, ColumnFormat format) : LivePicture(title)
{
    private const int Left = 80;
    private const int MostColumns = 120;
    private const int RowHeight = 16;

    /// <summary>From pale to dark; the first is none.</summary>
    private static readonly string[] s_shades = ["#F4F5F7", "#DCE9F2", "#B4D2E6", "#82B6D8", "#4C96C6", "#0072B2", "#00507D", "#002E4A"];

    internal override string Draw(Scene scene, LiveMemory memory)
    {
        Remember(memory);
        var columns = memory.HeatColumns;
        var (first, last) = Log2Buckets.Range(columns.Select(column => column.Counts));
        var greatest = columns.SelectMany(column => column.Counts).DefaultIfEmpty().Max();
        var width = (Width - Left - 10.0) / MostColumns;
        var left = Width - 10 - (columns.Count * width);
        scene.Grow(4);
        for (var bucket = last; bucket >= first; bucket--)
        {
            scene.Add(new Label(Left - 6, scene.Height + 12, Log2Buckets.NameOf(bucket, format), Palette.SoftInk, 11, TextAnchor.End));
            AddRow(scene, [.. columns.Select(column => ShadeOf(column.Counts.ElementAtOrDefault(bucket), greatest))], left, width);
            scene.Grow(RowHeight);
        }

        var span = columns.Count == 0 ? 0 : memory.Seconds - columns[0].Seconds;
        scene.Add(new Label(left, scene.Height + 14, FormattableString.Invariant($"{span:0} s ago"), Palette.SoftInk, 11));
        scene.Add(new Label(Width - 10, scene.Height + 14, "now", Palette.SoftInk, 11, TextAnchor.End));
        scene.Grow(22);
        return string.Join('\n', Enumerable.Range(first, last - first + 1).Reverse().Select(bucket =>
            $"{Log2Buckets.NameOf(bucket, format),10} {string.Concat(columns.TakeLast(60).Select(column => TextBars.Shade((double)ShadeOf(column.Counts.ElementAtOrDefault(bucket), greatest) / (s_shades.Length - 1))))}"));
    }

    private void Remember(LiveMemory memory)
    {
        if (memory.LastBuckets.Length > 0 || memory.HeatColumns.Count > 0)
        {
            // A histogram that shrank was begun anew.
            var isNew = buckets.Where((count, at) => count < memory.LastBuckets.ElementAtOrDefault(at)).Any();
            memory.HeatColumns.Add((memory.Seconds, isNew ? buckets : [.. buckets.Select((count, at) => count - memory.LastBuckets.ElementAtOrDefault(at))]));
            if (memory.HeatColumns.Count > MostColumns)
            {
                memory.HeatColumns.RemoveAt(0);
            }
        }

        memory.LastBuckets = buckets;
    }

    /// <summary>Neighbours of one shade are one rectangle, so that an update stays small.</summary>
    private static void AddRow(Scene scene, int[] shades, double left, double width)
    {
        for (var at = 0; at < shades.Length;)
        {
            var end = at;
            while (end < shades.Length && shades[end] == shades[at])
            {
                end++;
            }

            scene.Add(new Box(left + (at * width), scene.Height, (end - at) * width, RowHeight, s_shades[shades[at]]));
            at = end;
        }
    }

    /// <summary>By the logarithm: a tail of single events shows beside a bulk of thousands.</summary>
    private static int ShadeOf(long count, long greatest) => count <= 0
        ? 0
        : 1 + (int)Math.Round(Math.Log(count) / Math.Max(Math.Log(greatest), 1e-9) * (s_shades.Length - 2));
}
