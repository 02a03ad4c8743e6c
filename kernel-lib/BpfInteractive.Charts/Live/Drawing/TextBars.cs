using System.Text;

namespace BpfInteractive.Charts;

/// <summary>Numbers as characters.</summary>
internal static class TextBars
{
    private const string Levels = "▁▂▃▄▅▆▇█";
    private const string Shades = " ░▒▓█";

    /// <summary>The last of a series as a line of blocks, from zero to the greatest: <c>▁▃▇█</c>.</summary>
    internal static string Sparkline(IEnumerable<double> values, int most = 60)
    {
        var shown = values.TakeLast(most).ToList();
        var top = shown.Count == 0 ? 0 : shown.Max();
        return string.Concat(shown.Select(value => Levels[top <= 0 ? 0 : Math.Clamp((int)(value / top * (Levels.Length - 1)), 0, Levels.Length - 1)]));
    }

    /// <summary>A bar of a length in characters, eighths of one included.</summary>
    internal static string Bar(double part, int width)
    {
        var eighths = (int)Math.Round(Math.Clamp(part, 0, 1) * width * 8);
        var bar = new StringBuilder().Append('█', eighths / 8);
        return (eighths % 8) switch
        {
            0 => bar.ToString(),
            var rest => bar.Append("▏▎▍▌▋▊▉"[rest - 1]).ToString(),
        };
    }

    /// <summary>A cell of a heat map; anything above zero shows.</summary>
    internal static char Shade(double part) => part <= 0 ? Shades[0] : Shades[Math.Clamp((int)Math.Ceiling(part * (Shades.Length - 1)), 1, Shades.Length - 1)];

    /// <summary>Lines of a name, a number and a bar, in columns.</summary>
    internal static string Table(IReadOnlyList<(string Name, string Value, double Part)> rows, bool namesRight = false)
    {
        const int LongestName = 40;
        var names = Math.Min(LongestName, rows.Select(row => row.Name.Length).DefaultIfEmpty().Max());
        var values = rows.Select(row => row.Value.Length).DefaultIfEmpty().Max();
        return string.Join('\n', rows.Select(row =>
        {
            var name = Human.Shorten(row.Name, LongestName);
            return $"{(namesRight ? name.PadLeft(names) : name.PadRight(names))}  {row.Value.PadLeft(values)}  {Bar(row.Part, 40)}".TrimEnd();
        }));
    }
}
