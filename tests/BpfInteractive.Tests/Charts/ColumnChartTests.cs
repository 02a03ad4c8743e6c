using BpfInteractive.Charts;

namespace BpfInteractive.Tests.Charts;

public sealed class ColumnChartTests
{
    private static readonly Columns s_opens = new(
        "opens",
        [
            TextColumn.Of("comm", "cat", "<sh>", "cat", "ls", "cat", "<sh>"),
            new Column<long>("latency", [1, 2, 3, 1000, 5, 6], ColumnFormat.Nanoseconds),
            new Column<ulong>("size", [1024, 1024, 1024, 1 << 20, 0, 1], ColumnFormat.Bytes),
        ],
        Losses.Of(new Loss("ring-full", "events dropped", 7)));

    [Fact]
    public void Bars_count_rows_the_most_first()
    {
        var figure = Figures.Of(s_opens.BarChart("comm"));
        Assert.Equal([3.0, 2.0, 1.0], Figures.Numbers(figure.Traces[0], "x"));
        Assert.Equal(["cat", "&lt;sh&gt;", "ls"], figure.Layout.GetProperty("yaxis").GetProperty("ticktext").EnumerateArray().Select(each => each.GetString()));
    }

    [Fact]
    public void Bars_add_up_numbers_as_people_read_them()
    {
        var figure = Figures.Of(s_opens.BarChart("comm", sum: "size"));
        Assert.Equal([1048576.0, 2048.0, 1025.0], Figures.Numbers(figure.Traces[0], "x"));
        Assert.Equal(["1 MB", "2 KB", "1 KB"], Figures.Texts(figure.Traces[0], "text"));
    }

    [Fact]
    public void The_losses_stand_under_the_title() => Assert.Contains("lost: 7 events dropped", Figures.Of(s_opens.BarChart("comm")).Title, StringComparison.Ordinal);

    [Fact]
    public void What_is_left_out_is_counted()
    {
        var figure = Figures.Of(s_opens.BarChart("comm", top: 2));
        Assert.Equal(2, Figures.Numbers(figure.Traces[0], "x").Length);
        Assert.Contains("the first 2 of 3", figure.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_has_the_powers_of_two()
    {
        var trace = Figures.Of(s_opens.HistogramChart("latency")).Traces[0];
        Assert.Equal([1.0, 2, 2, 0, 0, 0, 0, 0, 0, 1], Figures.Numbers(trace, "y"));
        Assert.Equal("512 ns", Figures.Texts(trace, "x")[^1]);
    }

    [Fact]
    public void A_line_has_the_values_in_order()
    {
        var trace = Figures.Of(s_opens.LineChart("latency", ["size"])).Traces[0];
        Assert.Equal([1.0, 2, 3, 1000, 5, 6], Figures.Numbers(trace, "x"));
        Assert.Equal([1024.0, 1024, 1024, 1048576, 0, 1], Figures.Numbers(trace, "y"));
    }

    [Fact]
    public void A_heat_map_counts_each_pair()
    {
        var trace = Figures.Of(s_opens.HeatMapChart("latency", "comm")).Traces[0];
        Assert.Equal(["<sh>", "cat", "ls"], Figures.Texts(trace, "y"));
        Assert.Equal([2, 3, 1], trace.GetProperty("z").EnumerateArray().Select(row => row.EnumerateArray().Sum(each => each.GetInt32())));
    }

    [Fact]
    public void A_column_without_numbers_is_refused_by_its_name() =>
        Assert.Contains("comm", Assert.Throws<ArgumentException>(() => s_opens.BarChart("size", sum: "comm")).Message, StringComparison.Ordinal);
}
