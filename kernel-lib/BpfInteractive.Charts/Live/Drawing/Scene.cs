namespace BpfInteractive.Charts;

/// <summary>Where a text stands against its place.</summary>
internal enum TextAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>A thing in a picture; lengths in pixels, the origin at the upper left.</summary>
internal abstract record Shape;

/// <summary>A filled rectangle; <paramref name="Tip"/> is shown under the pointer.</summary>
internal sealed record Box(double X, double Y, double Width, double Height, string Color, string? Tip = null) : Shape;

/// <summary>A line through points.</summary>
internal sealed record Line(IReadOnlyList<(double X, double Y)> Points, string Color, double Width = 2) : Shape;

/// <summary>One line of text; <paramref name="Y"/> is its base line.</summary>
internal sealed record Label(double X, double Y, string Text, string Color, int Size = 12, TextAnchor Anchor = TextAnchor.Start, string? Tip = null) : Shape;

/// <summary>A small picture, drawn as SVG for pages and as PNG for what must survive without scripts.</summary>
internal sealed class Scene(int width)
{
    private readonly List<Shape> _shapes = [];

    internal int Width => width;

    /// <summary>Grows with what is put in by <see cref="AddLine"/>.</summary>
    internal int Height { get; private set; }

    internal IReadOnlyList<Shape> Shapes => _shapes;

    internal void Add(Shape shape) => _shapes.Add(shape);

    internal void Grow(int pixels) => Height += pixels;

    /// <summary>A line of text below all that is there.</summary>
    internal void AddLine(string text, string color, int size = 12)
    {
        Add(new Label(4, Height + size + 2, text, color, size));
        Grow(size + 6);
    }
}
