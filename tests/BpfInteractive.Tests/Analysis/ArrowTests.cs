using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using BpfInteractive.Analysis;

namespace BpfInteractive.Tests.Analysis;

public sealed class ArrowTests
{
    [Fact]
    public void Numbers_are_the_captures_own_memory()
    {
        var numbers = new ulong[] { 1, 2, 3 };
        var batch = new Columns("c", [new Column<ulong>("n", numbers)]).ToArrow();
        numbers[1] = 77;
        Assert.Equal(77UL, ((UInt64Array)batch.Column("n")).GetValue(1));
    }

    [Fact]
    public async Task A_file_read_by_arrow_has_the_captures_values()
    {
        using var folder = new TemporaryFolder();
        await Captures.EveryKind().SaveAsync(folder["c.arrow"]);
        using var reader = new ArrowFileReader(File.OpenRead(folder["c.arrow"]));
        using var batch = (await reader.ReadNextRecordBatchAsync())!;
        Assert.Null(await reader.ReadNextRecordBatchAsync());
        Assert.Equal(7, batch.Length);
        Assert.Equal([ulong.MaxValue, ulong.MaxValue - 1, ulong.MaxValue - 2, null, ulong.MaxValue - 4, ulong.MaxValue - 5, ulong.MaxValue - 6], ((UInt64Array)batch.Column("u64")).ToArray());
        Assert.Equal([true, false, false, null, false, false, true], Enumerable.Range(0, 7).Select(((BooleanArray)batch.Column("truth")).GetValue));
        Assert.Equal(Captures.Awkward, Texts((DictionaryArray)batch.Column("text")));
        Assert.Equal(new byte[] { 5, 0, 255 }, ((BinaryArray)batch.Column("bytes")).GetBytes(5).ToArray());

        var lists = (ListArray)batch.Column("list");
        Assert.True(lists.IsNull(3));
        Assert.Equal([5, 6], ((UInt32Array)lists.GetSlicedValues(5)).Values.ToArray().Select(value => (int)value));
        Assert.Equal(0, lists.GetValueLength(0));
    }

    [Fact]
    public void The_schema_says_what_the_capture_is()
    {
        var schema = Captures.EveryKind().ToArrow().Schema;
        Assert.Equal("1", schema.Metadata["bpfinteractive.schema"]);
        Assert.Equal("every kind", schema.Metadata["bpfinteractive.name"]);
        Assert.Contains("\"address\":\"Address\"", schema.Metadata["bpfinteractive.formats"], StringComparison.Ordinal);
        Assert.Contains("\"count\":12", schema.Metadata["bpfinteractive.losses"], StringComparison.Ordinal);
        Assert.True(schema.GetFieldByName("u64").IsNullable);
        Assert.False(schema.GetFieldByName("whole").IsNullable);
        Assert.IsType<DictionaryType>(schema.GetFieldByName("text").DataType);
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(2, 4)]
    [InlineData(3, 1)]
    [InlineData(5, 0)]
    public void A_part_has_its_rows_and_no_others(int start, int length)
    {
        var batch = Captures.EveryKind().Slice(start, length).ToArrow();
        Assert.Equal(Captures.Awkward.Skip(start).Take(length), Texts((DictionaryArray)batch.Column("text")));
        Assert.Equal(Enumerable.Range(start, length).Select(row => (int?)row), ((Int32Array)batch.Column("whole")).ToArray());
        var lists = (ListArray)batch.Column("list");
        for (var row = 0; row < length; row++)
        {
            Assert.Equal(start + row == 3 ? 0 : (start + row) % 3, lists.GetValueLength(row));
        }
    }

    private static IEnumerable<string?> Texts(DictionaryArray array)
    {
        var codes = (Int32Array)array.Indices;
        var texts = (StringArray)array.Dictionary;
        return Enumerable.Range(0, array.Length).Select(row => codes.GetValue(row) is { } code ? texts.GetString(code) : null);
    }
}
