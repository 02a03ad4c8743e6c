using System.Text;
using System.Text.Json;

namespace BpfInteractive.Tests.Tables;

public sealed class WritersTests
{
    private static Columns Sample()
    {
        var nullable = new ColumnBuilder<double>("ratio");
        nullable.Append(0.5);
        nullable.AppendNull();
        var stack = new ListColumnBuilder("stack", new ColumnBuilder<ulong>("stack", ColumnFormat.Address));
        stack.Append([0xffff_ffff_8100_0000UL, 16UL]);
        stack.Append<ulong>([]);
        var id = new BytesColumnBuilder("id");
        id.Append([0xab, 0x01]);
        id.AppendNull();
        return new Columns(
            "sample",
            [
                TextColumn.Of("comm", "a,\"b\"", "evil\x1b[31m\n"),
                new Column<int>("pid", [-1, 42], ColumnFormat.Pid),
                new Column<ulong>("big", [1UL << 53, (1UL << 53) + 1]),
                new Column<uint>("flags", [0, 0xdeadbeef], ColumnFormat.Hexadecimal),
                new Column<bool>("ok", [true, false]),
                new Column<long>("took", [5, 1_000_000], ColumnFormat.Nanoseconds),
                new Column<long>("at", [0, -1], ColumnFormat.UnixNanoseconds),
                nullable.ToColumn(),
                stack.ToColumn(),
                id.ToColumn(),
            ],
            Losses.Of(new Loss("ring-full", "events dropped because the ring buffer was full", 12, [3, 9])));
    }

    [Fact]
    public void A_table_aligns_escapes_and_ends_with_the_losses()
    {
        var expected = """
            comm             pid               big  flags       ok     took (ns)  at                              ratio  stack                       id
            a,"b"             -1  9007199254740992         0x0  true           5  1970-01-01T00:00:00.000000000Z    0.5  [0xffffffff81000000, 0x10]  ab01
            evil\x1b[31m\x0a  42  9007199254740993  0xdeadbeef  false    1000000  1969-12-31T23:59:59.999999999Z         []
            lost: 12 events dropped because the ring buffer was full (cpu 0: 3, cpu 1: 9)

            """;
        Assert.Equal(Words(expected), Words(Sample().ToTable()));
        var lines = Sample().ToTable().Split('\n');
        Assert.Equal(lines[1].IndexOf("-1", StringComparison.Ordinal) + 2, lines[2].IndexOf(" 42", StringComparison.Ordinal) + 3);
        Assert.DoesNotContain('\x1b', Sample().ToTable());
    }

    [Fact]
    public void A_table_keeps_the_end_of_a_long_path()
    {
        var table = new Columns("x", [TextColumn.Of("path", $"/{new string('a', 100)}/libc.so.6")]).ToTable();
        Assert.Contains($"\n…{new string('a', 53)}/libc.so.6", table, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_cuts_long_values_and_counts_the_rows_left_out()
    {
        var columns = new Columns("x", [TextColumn.Of("path", new string('a', 100), "b", "c")]);
        var table = columns.ToTable(1);
        Assert.Contains(new string('a', 63) + "…", table, StringComparison.Ordinal);
        Assert.Contains("... 2 more rows", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_quotes_what_needs_it_and_tells_empty_from_missing()
    {
        using var text = new StringWriter();
        var csv = new CsvWriter(text);
        csv.Write(Sample());
        csv.Write(new Columns("x", [TextColumn.Of("comm", "", null), new Column<int>("pid", [1, 2])]));
        var expected = "comm,pid,big,flags,ok,took,at,ratio,stack,id\n" +
            "\"a,\"\"b\"\"\",-1,9007199254740992,0x0,true,5,1970-01-01T00:00:00.000000000Z,0.5,\"[0xffffffff81000000, 0x10]\",ab01\n" +
            "\"evil\x1b[31m\n\",42,9007199254740993,0xdeadbeef,false,1000000,1969-12-31T23:59:59.999999999Z,,[],\n" +
            "\"\",1\n,2\n";
        Assert.Equal(expected, text.ToString());
    }

    [Fact]
    public void Json_lines_keep_every_number_exact()
    {
        using var stream = new MemoryStream();
        using (var json = new JsonLinesWriter(stream))
        {
            json.Write(Sample());
        }

        var lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal(
            """{"comm":"a,\"b\"","pid":-1,"big":9007199254740992,"flags":"0x0","ok":true,"took":5,"at":"1970-01-01T00:00:00.000000000Z","ratio":0.5,"stack":["0xffffffff81000000","0x10"],"id":"ab01"}""",
            lines[0]);
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("9007199254740993", second.RootElement.GetProperty("big").GetString());
        Assert.Equal("evil\x1b[31m\n", second.RootElement.GetProperty("comm").GetString());
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("id").ValueKind);
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("ratio").ValueKind);
    }

    [Fact]
    public void Json_writes_what_json_cannot_say_as_text()
    {
        var columns = new Columns("x", [new Column<double>("d", [double.NaN]), new Column<Int128>("i", [Int128.MinValue]), new Column<float>("f", [1.5f])]);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            JsonLinesWriter.WriteArray(json, columns);
        }

        Assert.Equal("""[{"d":"NaN","i":"-170141183460469231731687303715884105728","f":1.5}]""", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Theory]
    [InlineData(typeof(sbyte), "0xff")]
    [InlineData(typeof(int), "0xffffffff")]
    [InlineData(typeof(long), "0xffffffffffffffff")]
    public void Hex_shows_the_bits_of_the_type(Type type, string expected)
    {
        Column column = type == typeof(sbyte) ? new Column<sbyte>("x", [-1], ColumnFormat.Hexadecimal)
            : type == typeof(int) ? new Column<int>("x", [-1], ColumnFormat.Hexadecimal)
            : new Column<long>("x", [-1], ColumnFormat.Hexadecimal);
        Assert.Equal(expected, column.FormatValue(0));
    }

    private static string[] Words(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
