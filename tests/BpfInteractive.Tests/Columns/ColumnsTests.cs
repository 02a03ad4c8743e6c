// The folder mirrors the library's; a namespace called Columns would hide the class of that name from every test.
namespace BpfInteractive.Tests.Tables;

public sealed class ColumnsTests
{
    [Fact]
    public void A_snapshot_stays_as_it_was_while_the_builder_goes_on()
    {
        var builder = new ColumnsBuilder("events");
        var number = builder.Add<long>("n");
        var text = builder.AddText("comm");
        var list = builder.AddList<ulong>("stack", ColumnFormat.Address);
        void Add(long n)
        {
            number.Append(n);
            text.Append($"comm-{n}");
            list.Append([(ulong)n, (ulong)n + 1]);
        }

        Add(1);
        Add(2);
        var snapshot = builder.ToColumns();
        text.AppendNull();
        number.AppendNull();
        list.AppendNull();
        Enumerable.Range(3, 1000).ToList().ForEach(n => Add(n));
        builder.Clear();
        Add(77);

        Assert.Equal(2, snapshot.RowCount);
        Assert.Equal([1, 2], snapshot.Values<long>("n"));
        Assert.Equal("comm-1", snapshot.Text("comm")[0]);
        Assert.Equal("comm-2", snapshot.Text("comm")[1]);
        Assert.Equal([2UL, 3UL], snapshot.List("stack").Values<ulong>(1));
        Assert.Equal(0, snapshot["n"].NullCount);
        Assert.Equal(77, builder.ToColumns().Values<long>("n")[0]);
    }

    [Fact]
    public void Clear_reuses_the_memory_when_no_snapshot_holds_it()
    {
        var builder = new ColumnsBuilder("events");
        var number = builder.Add<long>("n");
        var text = builder.AddText("comm");
        void Fill()
        {
            for (var row = 0; row < 500; row++)
            {
                number.Append(row);
                text.Append("worker"u8);
            }
        }

        Fill();
        var buffer = number.Buffer;
        Assert.Equal(0, Allocations.Least(Fill, builder.Clear));
        Assert.Same(buffer, number.Buffer);
        _ = builder.ToColumns();
        builder.Clear();
        Fill();
        Assert.NotSame(buffer, number.Buffer);
    }

    [Fact]
    public void Concat_joins_text_by_meaning_and_adds_up_losses()
    {
        Columns Batch(long lost, params string?[] texts) =>
            new("b", [TextColumn.Of("comm", texts)], Losses.Of(new Loss("ring-full", "events", lost, [lost, 0])));
        var joined = Columns.Concat(Batch(2, "a", null, "b"), Batch(0, "b", "c"), Batch(3, "a"));

        Assert.Equal(["a", null, "b", "b", "c", "a"], Enumerable.Range(0, 6).Select(row => joined.Text("comm")[row]));
        Assert.Equal(3, joined.Text("comm").Dictionary.Count);
        Assert.Equal(5, joined.Losses["ring-full"]);
        Assert.Equal([5L, 0L], joined.Losses[0].PerCpu!);
        Assert.True(joined["comm"].IsNull(1));
    }

    [Fact]
    public void Concat_refuses_other_columns()
    {
        var a = new Columns("a", [new Column<int>("x", [1])]);
        var b = new Columns("b", [new Column<long>("x", [1])]);
        var error = Assert.Throws<ArgumentException>(() => Columns.Concat(a, b));
        Assert.Contains("x: i64", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Columns.Concat());
    }

    [Fact]
    public void Every_way_of_cutting_and_joining_gives_the_same_rows()
    {
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var whole = Samples.Random(random, random.Next(0, 200));
            var parts = new List<Columns>();
            for (var at = 0; at < whole.RowCount;)
            {
                var length = random.Next(1, whole.RowCount - at + 1);
                parts.Add(whole.Slice(at, length));
                at += length;
            }

            if (parts.Count > 0)
            {
                Assert.Equal(whole.ToTable(), Columns.Concat(parts).WithLosses(whole.Losses).ToTable());
            }
        }
    }

    [Fact]
    public void A_wrong_name_or_type_says_what_there_is()
    {
        var columns = new Columns("events", [new Column<int>("pid", [1]), TextColumn.Of("comm", "a")]);
        Assert.Equal("'events' has no column 'tid'; it has pid, comm", Assert.Throws<KeyNotFoundException>(() => columns["tid"]).Message);
        Assert.Equal("column 'pid' holds i32, not UInt64", Assert.Throws<InvalidCastException>(() => columns.Values<ulong>("pid").Length).Message);
        Assert.Throws<ArgumentException>(() => new Columns("x", [new Column<int>("a", [1]), new Column<int>("a", [1])]));
        Assert.Throws<ArgumentException>(() => new Columns("x", [new Column<int>("a", [1]), new Column<int>("b", [1, 2])]));
        Assert.Throws<ArgumentOutOfRangeException>(() => columns[0].IsNull(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => columns.Slice(0, 2));
    }

    [Fact]
    public void An_unfinished_row_is_refused()
    {
        var builder = new ColumnsBuilder("x");
        builder.Add<int>("a").Append(1);
        builder.Add<int>("b");
        Assert.Throws<InvalidOperationException>(builder.ToColumns);
    }

    [Fact]
    public void Bytes_that_are_no_text_become_replacement_characters_and_one_code()
    {
        var builder = new TextColumnBuilder("comm");
        builder.Append([0x61, 0xff, 0x62]);
        builder.Append([0x61, 0xfe, 0x62]);
        builder.Append("a\ufffdb");
        var column = builder.ToColumn();
        Assert.Equal([0, 0, 0], column.Codes);
        Assert.Equal("a\ufffdb", column[0]);
    }

    [Fact]
    public void Thousands_of_texts_keep_their_codes()
    {
        var builder = new TextColumnBuilder("path");
        for (var round = 0; round < 2; round++)
        {
            for (var n = 0; n < 20_000; n++)
            {
                builder.Append($"/usr/lib/{n}");
            }
        }

        var column = builder.ToColumn();
        Assert.Equal(20_000, column.Dictionary.Count);
        Assert.Equal(column.Codes[..20_000], column.Codes[20_000..]);
        Assert.Equal("/usr/lib/19999", column[39_999]);
        Assert.Equal(5, column.Dictionary.IndexOf("/usr/lib/5"));
    }

    [Fact]
    public void Only_supported_types_make_a_column() =>
        Assert.Throws<NotSupportedException>(() => new ColumnBuilder<DateTime>("when"));
}
