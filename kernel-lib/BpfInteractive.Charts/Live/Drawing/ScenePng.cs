using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace BpfInteractive.Charts;

/// <summary>
/// A scene as PNG: what a notebook shows that is not trusted (script and SVG are dropped there), and pages that know no SVG. Pixels, no smoothing, letters of dots.
/// </summary>
internal static class ScenePng
{
    internal static byte[] Of(Scene scene)
    {
        var canvas = new Canvas(scene.Width, Math.Max(1, scene.Height));
        foreach (var shape in scene.Shapes)
        {
            canvas.Draw(shape);
        }

        return canvas.ToPng();
    }

    private sealed class Canvas(int width, int height)
    {
        private static readonly byte[] s_head = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

        /// <summary>Each pixel a colour's number; 0 is white.</summary>
        private readonly byte[] _pixels = new byte[width * height];
        private readonly List<int> _colors = [0xFFFFFF];

        internal void Draw(Shape shape)
        {
            switch (shape)
            {
                case Box box:
                    Fill((int)Math.Round(box.X), (int)Math.Round(box.Y), (int)Math.Round(box.X + Math.Max(box.Width, 1)), (int)Math.Round(box.Y + Math.Max(box.Height, 1)), NumberOf(box.Color));
                    break;
                case Line line:
                    foreach (var (from, to) in line.Points.Zip(line.Points.Skip(1)))
                    {
                        Segment(from, to, NumberOf(line.Color), Math.Max(1, (int)Math.Round(line.Width)));
                    }

                    break;
                case Label label:
                    Write(label);
                    break;
            }
        }

        internal byte[] ToPng()
        {
            using var png = new MemoryStream();
            png.Write(s_head);
            var head = new byte[13];
            BinaryPrimitives.WriteInt32BigEndian(head, width);
            BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
            (head[8], head[9]) = (8, 3); // eight bits a pixel, from a palette
            Chunk(png, "IHDR"u8, head);
            Chunk(png, "PLTE"u8, [.. _colors.SelectMany(color => new[] { (byte)(color >> 16), (byte)(color >> 8), (byte)color })]);
            Chunk(png, "IDAT"u8, Compressed());
            Chunk(png, "IEND"u8, []);
            return png.ToArray();
        }

        private byte[] Compressed()
        {
            using var data = new MemoryStream();
            using (var zlib = new ZLibStream(data, CompressionLevel.SmallestSize))
            {
                for (var row = 0; row < height; row++)
                {
                    zlib.WriteByte(0); // no filter: a palette's numbers are no amounts
                    zlib.Write(_pixels, row * width, width);
                }
            }

            return data.ToArray();
        }

        private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
        {
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            png.Write(number);
            png.Write(type);
            png.Write(data);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(type, data));
            png.Write(number);
        }

        private static uint Crc(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
        {
            var crc = Crc(Crc(uint.MaxValue, type), data);
            return ~crc;

            static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
            {
                foreach (var value in bytes)
                {
                    crc ^= value;
                    for (var bit = 0; bit < 8; bit++)
                    {
                        crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
                    }
                }

                return crc;
            }
        }

        private byte NumberOf(string color)
        {
            var rgb = int.Parse(color.AsSpan(1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var at = _colors.IndexOf(rgb);
            if (at < 0 && _colors.Count == 256)
            {
                return 0;
            }

            if (at < 0)
            {
                at = _colors.Count;
                _colors.Add(rgb);
            }

            return (byte)at;
        }

        private void Fill(int left, int top, int right, int bottom, byte color)
        {
            (left, top, right, bottom) = (Math.Clamp(left, 0, width), Math.Clamp(top, 0, height), Math.Clamp(right, 0, width), Math.Clamp(bottom, 0, height));
            for (var row = top; row < bottom; row++)
            {
                Array.Fill(_pixels, color, (row * width) + left, Math.Max(0, right - left));
            }
        }

        private void Segment((double X, double Y) from, (double X, double Y) to, byte color, int thickness)
        {
            var steps = Math.Max(1, (int)Math.Ceiling(Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y))));
            for (var step = 0; step <= steps; step++)
            {
                var x = (int)Math.Round(from.X + ((to.X - from.X) * step / steps));
                var y = (int)Math.Round(from.Y + ((to.Y - from.Y) * step / steps));
                Fill(x - (thickness / 2), y - (thickness / 2), x - (thickness / 2) + thickness, y - (thickness / 2) + thickness, color);
            }
        }

        private void Write(Label label)
        {
            var scale = Math.Max(1, (int)Math.Round(label.Size / 11.0));
            var text = label.Text.Length * DotFont.Advance * scale;
            var left = (int)label.X - (label.Anchor switch { TextAnchor.Middle => text / 2, TextAnchor.End => text, _ => 0 });
            var top = (int)label.Y - (DotFont.Ascent * scale);
            var color = NumberOf(label.Color);
            for (var at = 0; at < label.Text.Length; at++)
            {
                for (var dot = 0; dot < DotFont.Advance * 8; dot++)
                {
                    var (column, row) = (dot % DotFont.Advance, dot / DotFont.Advance);
                    if (DotFont.HasDot(label.Text[at], column, row))
                    {
                        var x = left + (((at * DotFont.Advance) + column) * scale);
                        Fill(x, top + (row * scale), x + scale, top + ((row + 1) * scale), color);
                    }
                }
            }
        }
    }
}
