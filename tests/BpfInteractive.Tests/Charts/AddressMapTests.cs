using BpfInteractive.Charts;

namespace BpfInteractive.Tests.Charts;

public sealed class AddressMapTests
{
    private static readonly Columns s_small = Spaces.Of(
        (0x1000, 0x3000, "r-xp", "file", "/bin/<b>&"),
        (0x3000, 0x5000, "rw-p", "anon", null),
        (0x9000, 0xb000, "---p", "anon", null),
        (0x7fff_0000_0000, 0x7fff_0000_4000, "rw-p", "stack", "[stack]"),
        (0x7fff_0001_0000, 0x7fff_0001_1000, "r-xp", "vdso", "[vdso]"));

    [Fact]
    public void Blocks_are_to_scale_in_their_row()
    {
        var figure = Figures.Of(VmaCharts.Chart(s_small, "title"));
        Assert.Equal("title", figure.Title);

        // The first row reaches from 0x1000 to 0xb000: ten pages.
        Assert.Equal([0.0], Figures.Numbers(figure.Trace("file"), "base"));
        Assert.Equal([0.2], Figures.Numbers(figure.Trace("file"), "x"));
        Assert.Equal([0.2], Figures.Numbers(figure.Trace("anon"), "base"));
        Assert.Equal([0.8], Figures.Numbers(figure.Trace("reserved"), "base"));

        // The second from 0x7fff00000000 on, seventeen pages.
        Assert.Equal(4 / 17.0, Figures.Numbers(figure.Trace("stack"), "x")[0], 12);
        Assert.Equal(16 / 17.0, Figures.Numbers(figure.Trace("kernel"), "base")[0], 12);
        Assert.Equal([1.0], Figures.Numbers(figure.Trace("stack"), "y"));
    }

    [Fact]
    public void Each_kind_has_its_colour_and_what_nobody_may_touch_is_pale()
    {
        var figure = Figures.Of(VmaCharts.Chart(s_small, "title"));
        Assert.Equal(["reserved", "file", "anon", "stack", "kernel"], figure.Traces.Select(trace => trace.GetProperty("name").GetString()));
        Assert.Equal(Palette.Pale, figure.Trace("reserved").GetProperty("marker").GetProperty("color").GetString());
        Assert.Equal(Palette.OfKind("file"), figure.Trace("file").GetProperty("marker").GetProperty("color").GetString());
        Assert.Equal(figure.Traces.Count, figure.Traces.Select(trace => trace.GetProperty("marker").GetProperty("color").GetString()).Distinct().Count());
    }

    [Fact]
    public void The_break_between_rows_and_the_span_of_each_are_named()
    {
        var notes = Figures.Of(VmaCharts.Chart(s_small, "title")).Annotations.ToList();
        Assert.Contains(notes, note => note.StartsWith("40 KB ", StringComparison.Ordinal) && note.Contains("3 VMAs", StringComparison.Ordinal));
        Assert.Contains(notes, note => note.StartsWith("68 KB ", StringComparison.Ordinal) && note.Contains("2 VMAs", StringComparison.Ordinal));
        Assert.Contains("⋯ 128 TB unmapped ⋯", notes);
    }

    [Fact]
    public void Under_the_pointer_are_range_size_and_path_and_no_markup_of_the_path()
    {
        var hover = Figures.Texts(Figures.Of(VmaCharts.Chart(s_small, "title")).Trace("file"), "hovertext")[0];
        Assert.Equal("<b>file</b>  r-xp  8 KB<br>0x1000 – 0x3000<br>/bin/&lt;b&gt;&amp;", hover);
    }

    [Fact]
    public void A_giant_that_nothing_can_be_seen_beside_has_a_row_of_its_own()
    {
        const ulong Giant = 1UL << 38;
        var figure = Figures.Of(VmaCharts.Chart(
            Spaces.Of(
                (0x10000, 0x20000, "rw-p", "anon", null),
                (0x20000, 0x30000, "r--p", "file", "/a"),
                (0x30000, 0x30000 + Giant, "---p", "anon", null),
                (0x30000 + Giant, 0x40000 + Giant, "rw-p", "heap", "[heap]"),
                (0x40000 + Giant, 0x50000 + Giant, "r--p", "file", "/b")),
            "title"));
        Assert.Equal([0.5, 0.5], Figures.Numbers(figure.Trace("file"), "x"));
        Assert.Equal([0.0, 2.0], Figures.Numbers(figure.Trace("file"), "y"));
        Assert.Equal([1.0], Figures.Numbers(figure.Trace("reserved"), "y"));
    }

    [Fact]
    public void Thousands_of_vmas_are_drawn_in_few_blocks_each_kind_by_its_share()
    {
        var figure = Figures.Of(VmaCharts.Chart(Spaces.Many(30_000), "title"));
        Assert.InRange(figure.Traces.Sum(trace => Figures.Numbers(trace, "x").Length), 100, 3 * 1600);
        Assert.Contains(figure.Annotations, note => note.Contains("30,000 VMAs", StringComparison.Ordinal));

        // Where blocks lie together, their heights are those of one bar, and each kind of the three has about a third.
        var bars = figure.Traces.SelectMany(trace => Figures.Numbers(trace, "base").Zip(Figures.Numbers(trace, "width"))).ToList();
        Assert.All(bars.GroupBy(bar => bar.First), group => Assert.Equal(0.56, group.Sum(bar => bar.Second), 9));
        Assert.All(figure.Traces, trace => Assert.Equal(0.56 / 3, Figures.Numbers(trace, "width").Average(), 2));
    }

    [Fact]
    public void Every_block_is_wide_enough_to_be_seen_and_inside_its_row()
    {
        var figure = Figures.Of(VmaCharts.Chart(
            Spaces.Of((0x1000, 0x2000, "r--p", "file", "/a"), (0x2000, 0x1000_0000, "rw-p", "anon", null), (0x1000_0000, 0x1000_1000, "r--p", "file", "/b")), "title"));
        Assert.All(Figures.Numbers(figure.Trace("file"), "x"), width => Assert.True(width >= 1 / 800.0));
        Assert.All(Figures.Numbers(figure.Trace("file"), "base").Zip(Figures.Numbers(figure.Trace("file"), "x")), block => Assert.True(block.First + block.Second <= 1 + 1e-9));
    }

    [Fact]
    public void Many_scattered_stretches_do_not_make_more_rows_than_a_person_reads()
    {
        var scattered = Spaces.Of([.. Enumerable.Range(0, 500).Select(at => ((ulong)at << 32, ((ulong)at << 32) + 0x1000, "rw-p", "anon", (string?)null))]);
        Assert.InRange(Figures.Of(VmaCharts.Chart(scattered, "title")).Layout.GetProperty("yaxis").GetProperty("tickvals").GetArrayLength(), 2, 48);
    }

    [Fact]
    public void No_vmas_are_an_empty_chart() => Assert.Empty(Figures.Of(VmaCharts.Chart(Spaces.Of(), "title")).Traces);
}
