namespace BpfInteractive.Charts;

/// <summary>The largest values by name.</summary>
internal sealed class BarsPicture(string title, IReadOnlyList<(string Name, double Value)> values, int top, ColumnFormat format) : LivePicture(title)
{
    private const int Left = 190;
    private const int Right = 90;
    private const int RowHeight = 20;

    internal override string Draw(Scene scene, LiveMemory memory)
    {
        var bars = values.OrderByDescending(bar => bar.Value).ThenBy(bar => bar.Name, StringComparer.Ordinal).Take(top).ToList();
        var greatest = Math.Max(bars.Select(bar => bar.Value).DefaultIfEmpty().Max(), double.Epsilon);
        foreach (var (name, value) in bars)
        {
            var width = Math.Max(0, value / greatest) * (Width - Left - Right);
            scene.Add(new Label(Left - 8, scene.Height + 14, Human.ShortenPath(name, 26), Palette.Ink, 12, TextAnchor.End, name.Length > 26 ? name : null));
            scene.Add(new Box(Left, scene.Height + 3, width, 14, Palette.Blue));
            scene.Add(new Label(Left + width + 6, scene.Height + 14, Human.Number(value, format), Palette.SoftInk));
            scene.Grow(RowHeight);
        }

        if (values.Count > bars.Count)
        {
            scene.AddLine($"and {Human.Count(values.Count - bars.Count)} more", Palette.SoftInk, 11);
        }

        scene.Grow(4);
        return bars.Count == 0 ? "nothing yet" : TextBars.Table([.. bars.Select(bar => (bar.Name, Human.Number(bar.Value, format), bar.Value / greatest))]);
    }
}
