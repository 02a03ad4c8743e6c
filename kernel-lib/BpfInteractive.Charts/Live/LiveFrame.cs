using System.Globalization;

namespace BpfInteractive.Charts;

/// <summary>One state of a live display, in the forms that places to show it take. Immutable.</summary>
public sealed class LiveFrame
{
    private readonly Scene _scene;
    private string? _svg;

    internal LiveFrame(Scene scene, string text) => (_scene, Text) = (scene, text);

    /// <summary>The picture as one SVG element, losses under it.</summary>
    public string Svg => _svg ??= SceneSvg.Of(_scene);

    /// <summary>The same for terminals: sparklines, bars and tables of text, some lines, without colour.</summary>
    public string Text { get; }

    /// <summary>The picture as PNG: for what must show without scripts and SVG, such as a notebook that is not trusted.</summary>
    public byte[] ToPng() => ScenePng.Of(_scene);

    /// <summary>Says where it is and how large: "760 × 240".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_scene.Width} × {_scene.Height}");
}
