namespace BpfInteractive.Charts;

/// <summary>Values over time.</summary>
internal sealed class LinePicture(string title, IReadOnlyList<(string Name, double Value)> values, ColumnFormat format, bool isRate) : LivePicture(title)
{
    private const int Left = 70;
    private const int PlotHeight = 180;
    private const int MostLines = 7;

    internal override string Draw(Scene scene, LiveMemory memory)
    {
        foreach (var (name, value) in values)
        {
            var point = isRate ? memory.RateOf(name, value) : value;
            if (point is { } known)
            {
                memory.Append(name, known);
            }
        }

        // The lines that matter keep their colours: the order is that of first sight.
        var lines = memory.Series.Where(line => line.Value.Count > 0).Take(MostLines).ToList();
        var top = scene.Height + 12;
        var axis = Axis.Of(lines.SelectMany(line => line.Value).Select(point => point.Value).DefaultIfEmpty().Max());
        for (var tick = 0.0; tick <= axis.Top * 1.001; tick += axis.Step)
        {
            var y = top + PlotHeight - (tick / axis.Top * PlotHeight);
            scene.Add(new Box(Left, y, Width - Left - 10, 1, "#EAECEF"));
            scene.Add(new Label(Left - 6, y + 4, Written(tick), Palette.SoftInk, 11, TextAnchor.End));
        }

        var start = lines.Select(line => line.Value[0].Seconds).DefaultIfEmpty().Min();
        var span = Math.Max(memory.Seconds - start, 1);
        for (var at = 0; at < lines.Count; at++)
        {
            scene.Add(new Line([.. lines[at].Value.Select(point => (
                Left + ((point.Seconds - start) / span * (Width - Left - 10)),
                top + PlotHeight - (Math.Clamp(point.Value / axis.Top, 0, 1) * PlotHeight)))], Palette.Series[at]));
        }

        scene.Add(new Label(Left, top + PlotHeight + 16, Ago(span), Palette.SoftInk, 11));
        scene.Add(new Label(Width - 10, top + PlotHeight + 16, "now", Palette.SoftInk, 11, TextAnchor.End));
        scene.Grow(PlotHeight + 34);
        AddLegend(scene, lines);
        return TextOf(lines);
    }

    private static string Ago(double seconds) => FormattableString.Invariant($"{seconds:0} s ago");

    private void AddLegend(Scene scene, List<KeyValuePair<string, List<(double Seconds, double Value)>>> lines)
    {
        var x = (double)Left;
        for (var at = 0; at < lines.Count; at++)
        {
            var text = $"{Human.Shorten(lines[at].Key, 24)} {Written(lines[at].Value[^1].Value)}";
            if (x + (text.Length * 7) + 24 > Width && x > Left)
            {
                x = Left;
                scene.Grow(18);
            }

            scene.Add(new Box(x, scene.Height + 4, 10, 10, Palette.Series[at]));
            scene.Add(new Label(x + 14, scene.Height + 13, text, Palette.Ink));
            x += (text.Length * 7) + 36;
        }

        scene.Grow(20);
    }

    private string TextOf(List<KeyValuePair<string, List<(double Seconds, double Value)>>> lines)
    {
        var names = Math.Min(24, lines.Select(line => line.Key.Length).DefaultIfEmpty().Max());
        return string.Join('\n', lines.Select(line =>
            $"{Human.Shorten(line.Key, 24).PadRight(names)} {Written(line.Value[^1].Value),12}  {TextBars.Sparkline(line.Value.Select(point => point.Value), 48)}"));
    }

    private string Written(double value) => Human.Number(value, format) + (isRate ? "/s" : "");
}
