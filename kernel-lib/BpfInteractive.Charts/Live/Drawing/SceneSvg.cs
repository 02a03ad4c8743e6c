using System.Globalization;
using System.Net;
using System.Text;

namespace BpfInteractive.Charts;

/// <summary>A scene as SVG: short, since it is sent anew with each update.</summary>
internal static class SceneSvg
{
    private const string FontFamily = "system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif";

    internal static string Of(Scene scene)
    {
        var svg = new StringBuilder(4096).Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scene.Width} {scene.Height}" width="{scene.Width}" height="{scene.Height}" style="max-width:100%;background:#fff" font-family="{FontFamily}" font-size="12">""");

        // Rectangles that say nothing under the pointer lie below all else, those of a colour as one path: a quarter of the bytes.
        foreach (var color in scene.Shapes.OfType<Box>().Where(static box => box.Tip is null).GroupBy(static box => box.Color))
        {
            svg.Append("<path fill=\"").Append(color.Key).Append("\" d=\"");
            foreach (var box in color)
            {
                svg.Append('M').Append(Short(box.X)).Append(' ').Append(Short(box.Y)).Append('h').Append(Short(box.Width)).Append('v').Append(Short(box.Height)).Append('h').Append(Short(-box.Width)).Append('z');
            }

            svg.Append("\"/>");
        }

        foreach (var shape in scene.Shapes.Where(static shape => shape is not Box { Tip: null }))
        {
            Append(svg, shape);
        }

        return svg.Append("</svg>").ToString();
    }

    private static void Append(StringBuilder svg, Shape shape)
    {
        switch (shape)
        {
            case Box box:
                svg.Append("<rect x=\"").Append(Short(box.X)).Append("\" y=\"").Append(Short(box.Y)).Append("\" width=\"").Append(Short(box.Width)).Append("\" height=\"").Append(Short(box.Height)).Append("\" fill=\"").Append(box.Color);
                svg.Append("\"><title>").Append(Encode(box.Tip ?? "")).Append("</title></rect>");
                break;
            case Line line:
                svg.Append("<polyline fill=\"none\" stroke=\"").Append(line.Color).Append("\" stroke-width=\"").Append(Short(line.Width)).Append("\" points=\"");
                svg.AppendJoin(' ', line.Points.Select(point => $"{Short(point.X)},{Short(point.Y)}")).Append("\"/>");
                break;
            case Label label:
                svg.Append("<text x=\"").Append(Short(label.X)).Append("\" y=\"").Append(Short(label.Y)).Append("\" fill=\"").Append(label.Color).Append('"');
                svg.Append(label.Size == 12 ? "" : string.Create(CultureInfo.InvariantCulture, $" font-size=\"{label.Size}\"")).Append(label.Anchor switch
                {
                    TextAnchor.Middle => " text-anchor=\"middle\"",
                    TextAnchor.End => " text-anchor=\"end\"",
                    _ => "",
                });
                svg.Append(label.Tip is null ? ">" : $"><title>{Encode(label.Tip)}</title>").Append(Encode(label.Text)).Append("</text>");
                break;
        }
    }

    /// <summary>Names come from the traced system: control characters, which no XML may hold, become spaces.</summary>
    private static string Encode(string text) => WebUtility.HtmlEncode(text.Any(char.IsControl) ? string.Concat(text.Select(static character => char.IsControl(character) ? ' ' : character)) : text);

    private static string Short(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
