namespace BpfInteractive.Charts;

/// <summary>One number, large; beside it how fast it grew of late.</summary>
internal sealed class CounterPicture(string title, double value, ColumnFormat format) : LivePicture(title)
{
    private const int Chart = 340;
    private const int FewestPoints = 60; // of the line: a younger one is not yet as wide

    internal override string Draw(Scene scene, LiveMemory memory)
    {
        var rate = memory.RateOf("", value);
        var points = rate is { } known ? memory.Append("", known) : [];
        var shown = Human.Number(value, format);
        var speed = rate is null ? "" : $"{Human.Number(rate.Value, format)} a second";
        var top = scene.Height + 4;
        scene.Add(new Label(4, top + 40, shown, Palette.Blue, 42));
        scene.Add(new Label(4, top + 62, speed, Palette.SoftInk));
        if (points.Count > 1)
        {
            var greatest = Math.Max(points.Max(point => point.Value), double.Epsilon);
            var step = (Width - Chart - 10.0) / Math.Max(FewestPoints, points.Count - 1);
            var start = Width - 10 - (step * (points.Count - 1));
            scene.Add(new Line([.. points.Select((point, at) => (start + (at * step), top + 60 - (point.Value / greatest * 52)))], Palette.Blue, 1.5));
        }

        scene.Grow(74);
        return $"{shown}  {speed}  {TextBars.Sparkline(points.Select(point => point.Value), 40)}".TrimEnd();
    }
}
