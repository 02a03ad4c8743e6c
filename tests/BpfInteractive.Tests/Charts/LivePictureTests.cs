using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using BpfInteractive.Charts;
using BpfInteractive.Tests.Stacks;
using BpfInteractive.Tests.Vmas;

namespace BpfInteractive.Tests.Charts;

/// <summary>The pictures of live displays: what is drawn, how large it is, what is remembered.</summary>
public sealed class LivePictureTests
{
    /// <summary>Ten updates a second of this size are 120 KB a second on the wire; nothing of it is stored.</summary>
    private const int LargestUpdate = 12 << 10;

    public static TheoryData<string> Pictures => ["line", "rate", "counter", "bars", "histogram", "heat map", "flame graph", "vma map"];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void A_picture_is_sound_svg_and_png_and_small(string name)
    {
        var memory = new LiveMemory();
        LiveFrame? frame = null;
        for (var at = 0; at < 100; at++)
        {
            memory.Tick(at * 0.5);
            frame = PictureOf(name, at).ToFrame(memory);
        }

        var svg = XDocument.Parse(frame!.Svg).Root!;
        Assert.Equal("svg", svg.Name.LocalName);
        Assert.NotEmpty(frame.Text);
        Assert.InRange(Encoding.UTF8.GetByteCount(frame.Svg), 400, LargestUpdate);
        var (width, height, colors) = ReadPng(frame.ToPng());
        Assert.Equal(((int)svg.Attribute("width")!, (int)svg.Attribute("height")!), (width, height));
        Assert.True(colors > 2, $"{colors} colours");
        if (Environment.GetEnvironmentVariable("BPFI_PICTURES") is { } folder)
        {
            File.WriteAllText(Path.Combine(folder, name + ".svg"), frame.Svg);
            File.WriteAllBytes(Path.Combine(folder, name + ".png"), frame.ToPng());
            File.WriteAllText(Path.Combine(folder, name + ".txt"), frame.Text);
        }
    }

    [Fact]
    public async Task The_map_of_a_process_with_thousands_of_vmas_is_no_larger()
    {
        using var process = await VmaTargets.ManyAsync(8_000);
        var snapshot = BpfInteractive.Vmas.Of(process.Pid, new VmaOptions { Engine = VmaEngine.ProcMaps });
        Assert.InRange(snapshot.Count, 8_000, 9_000);
        Assert.InRange(Encoding.UTF8.GetByteCount(LivePicture.VmaMap(snapshot).ToFrame(new LiveMemory()).Svg), 400, LargestUpdate);
    }

    [Fact]
    public void A_rate_is_what_came_since_the_frame_before_and_a_counter_that_began_anew_does_not_fall()
    {
        var memory = new LiveMemory();
        foreach (var (seconds, count) in new[] { (0.0, 100.0), (0.5, 150), (1.0, 300), (1.5, 20) })
        {
            memory.Tick(seconds);
            LivePicture.Rate("calls", count).ToFrame(memory);
        }

        Assert.Equal([100.0, 300, 40], memory.Series["calls"].Select(point => point.Value));
    }

    [Fact]
    public void A_line_keeps_the_last_points_alone()
    {
        var memory = new LiveMemory();
        for (var at = 0; at < 1000; at++)
        {
            memory.Tick(at);
            LivePicture.Line("load", at).ToFrame(memory);
        }

        Assert.Equal(LiveMemory.Points, memory.Series["load"].Count);
        Assert.Equal(999, memory.Series["load"][^1].Value);
    }

    [Fact]
    public void A_heat_map_has_a_column_for_what_came_between_two_frames()
    {
        var memory = new LiveMemory();
        foreach (var counts in new ulong[][] { [0, 5, 0], [0, 7, 1], [0, 7, 4], [1, 0, 0] })
        {
            memory.Tick(memory.Seconds + 1);
            LivePicture.HeatMap("latency", counts).ToFrame(memory);
        }

        Assert.Equal([[0L, 2, 1], [0, 0, 3], [1, 0, 0]], memory.HeatColumns.Select(column => column.Counts));
    }

    [Fact]
    public void A_histogram_names_the_ends_of_its_buckets_in_units()
    {
        var text = LivePicture.Histogram("read", [.. new ulong[10], 4, 1], ColumnFormat.Nanoseconds).ToFrame(new LiveMemory()).Text;
        Assert.Matches(@"1 µs – 2 µs +4  █{40}\n *2 µs – 4\.1 µs +1  █{10}\n5 values", text);
    }

    [Fact]
    public void Losses_stand_under_the_picture()
    {
        var picture = LivePicture.Counter("events", 3).With(Losses.Of(new Loss("ring-full", "events dropped because the ring buffer was full", 7)));
        var frame = picture.ToFrame(new LiveMemory(), "ended after 2.0 s");
        Assert.EndsWith("lost: 7 events dropped because the ring buffer was full\n(ended after 2.0 s)", frame.Text, StringComparison.Ordinal);
        Assert.Contains(">lost: 7 events dropped because the ring buffer was full</text>", frame.Svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_the_traced_system_cannot_become_markup()
    {
        var frame = LivePicture.Bars("<b>", [("<script>alert(1)</script>", 1)]).ToFrame(new LiveMemory());
        Assert.DoesNotContain("<script", frame.Svg, StringComparison.Ordinal);
        XDocument.Parse(LivePicture.Bars("a\u0001b", [("x\u001by", 1)]).ToFrame(new LiveMemory()).Svg);
    }

    [Fact]
    public void A_terminal_gets_each_frame_over_the_one_before()
    {
        Assert.Equal("one\u001b[K\nlonge\u001b[K\n", TerminalScreen.Over(0, "one\nlonger", 6));
        Assert.Equal("\u001b[2Fone\u001b[K\n\u001b[J", TerminalScreen.Over(2, "one", 80));
    }

    internal static LivePicture PictureOf(string name, int at) => name switch
    {
        "line" => LivePicture.Line("Load", [("one", 3 + Math.Sin(at / 5.0)), ("two", 1 + Math.Cos(at / 9.0))]),
        "rate" => LivePicture.Rate("System calls", Enumerable.Range(1, 7).Select(of => ($"process{of}", (double)(of * at * at)))),
        "counter" => LivePicture.Counter("System calls", 12345.0 * at),
        "bars" => LivePicture.Bars("By process", Enumerable.Range(1, 30).Select(of => ($"process {of} with a name of some length", (double)(of * of * at)))),
        "histogram" => LivePicture.Histogram("Read", Enumerable.Range(0, 20).Select(of => (ulong)(1000 * Math.Exp(-(of - 10) * (of - 10) / 8.0))), ColumnFormat.Nanoseconds),
        "heat map" => LivePicture.HeatMap("Read", Enumerable.Range(8, 18).Select(of => (ulong)(at * 50 * Math.Exp(-(of - 14 - Math.Sin(at)) * (of - 14) / 8.0))), ColumnFormat.Nanoseconds),
        "flame graph" => LivePicture.FlameGraph(HandmadeProfile.Named()),
        "vma map" => LivePicture.VmaMap(BpfInteractive.Vmas.Of(Environment.ProcessId, new VmaOptions { Engine = VmaEngine.ProcMaps })),
        _ => throw new ArgumentException(name),
    };

    /// <summary>By long division, as the PNG specification defines it, and not as the writer computes it.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var bits = new List<bool>();
        foreach (var value in bytes)
        {
            bits.AddRange(Enumerable.Range(0, 8).Select(bit => (value >> bit & 1) != 0));
        }

        bits.AddRange(new bool[32]);
        uint remainder = 0;
        for (var at = 0; at < bits.Count; at++)
        {
            var top = remainder >> 31;
            remainder = remainder << 1 | (bits[at] ^ (at < 32) ? 1u : 0);
            remainder ^= top * 0x04C11DB7;
        }

        uint reflected = 0;
        for (var bit = 0; bit < 32; bit++)
        {
            reflected |= (remainder >> bit & 1) << (31 - bit);
        }

        return ~reflected;
    }

    /// <summary>The size, and how many numbers of the palette are used.</summary>
    private static (int Width, int Height, int Colors) ReadPng(byte[] png)
    {
        Assert.Equal([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], png[..8]);
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        var at = 8;
        using var data = new MemoryStream();
        while (at < png.Length)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            Assert.Equal(Crc(png.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            if (Encoding.ASCII.GetString(png, at + 4, 4) == "IDAT")
            {
                data.Write(png, at + 8, length);
            }

            at += 12 + length;
        }

        data.Position = 0;
        using var pixels = new MemoryStream();
        using var zlib = new ZLibStream(data, CompressionMode.Decompress);
        zlib.CopyTo(pixels);
        Assert.Equal((width + 1) * height, pixels.Length);
        return (width, height, pixels.ToArray().Distinct().Count());
    }
}
