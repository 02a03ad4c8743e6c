using BpfInteractive.Analysis;
using Microsoft.Data.Analysis;

namespace BpfInteractive.Tests.Analysis;

public sealed class FrameTests
{
    [Fact]
    public void Each_kind_of_column_becomes_the_frames_own()
    {
        var frame = Captures.EveryKind().ToDataFrame();
        Assert.Equal(7, frame.Rows.Count);
        Assert.Equal(
            new Dictionary<string, Type>
            {
                ["u64"] = typeof(UInt64DataFrameColumn),
                ["i64"] = typeof(Int64DataFrameColumn),
                ["u32"] = typeof(UInt32DataFrameColumn),
                ["i32"] = typeof(Int32DataFrameColumn),
                ["u16"] = typeof(UInt16DataFrameColumn),
                ["i16"] = typeof(Int16DataFrameColumn),
                ["u8"] = typeof(ByteDataFrameColumn),
                ["i8"] = typeof(SByteDataFrameColumn),
                ["f64"] = typeof(DoubleDataFrameColumn),
                ["f32"] = typeof(SingleDataFrameColumn),
                ["truth"] = typeof(BooleanDataFrameColumn),
                ["address"] = typeof(UInt64DataFrameColumn),
                ["time"] = typeof(Int64DataFrameColumn),
                ["text"] = typeof(StringDataFrameColumn),
                ["bytes"] = typeof(StringDataFrameColumn),
                ["list"] = typeof(StringDataFrameColumn),
                ["whole"] = typeof(Int32DataFrameColumn),
            },
            frame.Columns.ToDictionary(column => column.Name, column => column.GetType()));
    }

    [Fact]
    public void Values_and_missing_values_are_the_captures()
    {
        var frame = Captures.EveryKind().ToDataFrame();
        Assert.Equal(Captures.Awkward, ((StringDataFrameColumn)frame["text"]).ToArray());
        Assert.Equal([ulong.MaxValue, ulong.MaxValue - 1, ulong.MaxValue - 2, null, ulong.MaxValue - 4, ulong.MaxValue - 5, ulong.MaxValue - 6], ((UInt64DataFrameColumn)frame["u64"]).ToArray());
        Assert.Equal([true, false, false, null, false, false, true], ((BooleanDataFrameColumn)frame["truth"]).ToArray());
        Assert.Equal([1, 1, 0], new[] { frame["f32"].NullCount, frame["text"].NullCount, frame["whole"].NullCount });
        Assert.Equal("0500ff", frame["bytes"][5]);
        Assert.Equal("[5, 6]", frame["list"][5]);
    }

    [Fact]
    public void A_part_that_begins_inside_a_byte_of_the_bitmap_keeps_its_missing_values()
    {
        var frame = Captures.EveryKind().Slice(2, 3).ToDataFrame();
        Assert.Equal([long.MinValue + 2, null, long.MinValue + 4], ((Int64DataFrameColumn)frame["i64"]).ToArray());
        Assert.Equal(["two\nlines", null, "é … 漢"], ((StringDataFrameColumn)frame["text"]).ToArray());
    }

    [Fact]
    public void Writing_to_a_frame_leaves_the_capture_as_it_was()
    {
        var capture = Captures.EveryKind();
        var before = Captures.Print(capture);
        var frame = capture.ToDataFrame();
        foreach (var column in frame.Columns.Where(column => column.DataType == typeof(ulong)))
        {
            column[0] = 1UL;
        }

        Assert.Equal(before, Captures.Print(capture));
    }

    [Fact]
    public void What_numbers_mean_and_what_was_lost_stays_known()
    {
        var frame = Captures.EveryKind().ToDataFrame();
        Assert.Equal((ColumnFormat.Address, ColumnFormat.Nanoseconds, ColumnFormat.None), (frame["address"].FormatOf(), frame["time"].FormatOf(), frame["u64"].FormatOf()));
        Assert.Equal("lost: 12 events dropped because the ring buffer was full (cpu 0: 3, cpu 1: 9)", frame.LossesOf().ToString());
        Assert.True(frame.Head(2).LossesOf().IsEmpty);
    }

    [Fact]
    public void Too_many_rows_are_refused_with_the_ways_out()
    {
        var capture = new Columns("events", [new Column<int>("n", new int[1001])]);
        var error = Assert.Throws<InvalidOperationException>(() => capture.ToDataFrame(new DataFrameOptions { MaxRows = 1000 }));
        Assert.Equal("'events' has 1,001 rows and a DataFrame takes at most 1,000: take a part (Slice, Select), raise DataFrameOptions.MaxRows, or save to Parquet and query that", error.Message);
        Assert.Equal(1001, capture.ToDataFrame(new DataFrameOptions { MaxRows = 1001 }).Rows.Count);
    }

    [Fact]
    public void Lists_are_text_or_numbers_of_a_table_or_left_out()
    {
        var capture = Captures.EveryKind();
        Assert.DoesNotContain("list", capture.ToDataFrame(new DataFrameOptions { Lists = ListForm.Omit }).Columns.Select(column => column.Name));

        // Rows 0 and 6 are empty lists, 1 is [1], 2 is [2, 3], 3 is none, 4 is [4], 5 is [5, 6].
        var ids = (Int32DataFrameColumn)capture.ToDataFrame(new DataFrameOptions { Lists = ListForm.Ids })["list"];
        Assert.Equal([0, 1, 2, null, 3, 4, 0], ids.ToArray());
        Assert.Equal(
            ["id=1|index=0|value=1", "id=2|index=0|value=2", "id=2|index=1|value=3", "id=3|index=0|value=4", "id=4|index=0|value=5", "id=4|index=1|value=6"],
            Captures.Print(capture.ListTable("list")));
    }

    [Fact]
    public void A_grouping_becomes_columns_again()
    {
        var capture = new Columns("faults", [TextColumn.Of("comm", "b", "a", "b", "c", "b"), new Column<uint>("pid", [1, 2, 3, 4, 5], ColumnFormat.Pid)]);
        var counted = capture.ToDataFrame().GroupBy("comm").Count("pid").OrderByDescending("pid").ToColumns("by comm");
        Assert.Equal("by comm", counted.Name);
        Assert.Equal("comm=b|pid=3", Captures.Print(counted)[0]);
        Assert.Equal(3, counted.RowCount);
    }

    [Fact]
    public void A_frame_as_columns_is_the_capture_it_came_from()
    {
        var capture = Captures.EveryKind();
        var again = capture.ToDataFrame().ToColumns();
        Assert.Equal(Captures.Print(capture), Captures.Print(again));
        Assert.Equal(capture.Losses.ToString(), again.Losses.ToString());
        Assert.Equal(ColumnFormat.Address, again["address"].Format);
    }

    [Fact]
    public void Sums_of_64_bits_are_right_or_refused()
    {
        var column = new Column<ulong>("n", [ulong.MaxValue, 1]);
        var frame = new Columns("c", [column]).ToDataFrame();
        var inFrame = (UInt64DataFrameColumn)frame["n"];
        Assert.Equal("the sum of 'n' is 18446744073709551616, which does not fit in 64 bits", Assert.Throws<OverflowException>(() => column.SumChecked()).Message);
        Assert.Throws<OverflowException>(() => inFrame.SumChecked());
        Assert.Equal(9223372036854775808.0, column.MeanChecked());
        Assert.Equal(9223372036854775808.0, inFrame.MeanChecked());

        var fits = new Column<ulong>("n", [ulong.MaxValue - 1, 1]);
        Assert.Equal(ulong.MaxValue, fits.SumChecked());
        Assert.Equal(ulong.MaxValue, ((UInt64DataFrameColumn)new Columns("c", [fits]).ToDataFrame()["n"]).SumChecked());
    }

    [Fact]
    public void Missing_values_count_neither_for_the_sum_nor_for_the_mean()
    {
        var builder = new ColumnBuilder<ulong>("n");
        builder.Append(4);
        builder.AppendNull();
        builder.Append(8);
        var column = builder.ToColumn();
        var inFrame = (UInt64DataFrameColumn)new Columns("c", [column]).ToDataFrame()["n"];
        Assert.Equal((12UL, 6.0), (column.SumChecked(), column.MeanChecked()));
        Assert.Equal((12UL, 6.0), (inFrame.SumChecked(), inFrame.MeanChecked()));
        Assert.Equal(double.NaN, new Column<ulong>("none", []).MeanChecked());
    }
}
