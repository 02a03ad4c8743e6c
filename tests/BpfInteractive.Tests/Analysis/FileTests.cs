using System.Text.Json;
using BpfInteractive.Analysis;
using DuckDB.NET.Data;

namespace BpfInteractive.Tests.Analysis;

/// <summary>Captures in files, read back by DuckDB, which shares no code with what wrote them.</summary>
public sealed class FileTests : IDisposable
{
    private static readonly string[] s_integers = ["u64", "i64", "u32", "i32", "u16", "i16", "u8", "i8", "whole"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Parquet_has_the_captures_types_and_values()
    {
        var capture = Captures.EveryKind();
        await capture.SaveAsync(_folder["c.parquet"]);
        Assert.Equal(
            ["UBIGINT", "BIGINT", "UINTEGER", "INTEGER", "USMALLINT", "SMALLINT", "UTINYINT", "TINYINT", "DOUBLE", "FLOAT", "BOOLEAN", "UBIGINT", "BIGINT", "VARCHAR", "BLOB", "UINTEGER[]", "INTEGER"],
            Query($"select column_type from (describe select * from '{_folder["c.parquet"]}')"));
        foreach (var name in s_integers)
        {
            Assert.Equal(Printed(capture, name), Query($"select {name}::varchar from '{_folder["c.parquet"]}'"));
        }

        Assert.Equal(Captures.Awkward, Query($"select text from '{_folder["c.parquet"]}'"));
        Assert.Equal(["0", "[1]", "[2, 3]", null, "[4]", "[5, 6]", "0"], Query($"select case when len(list) = 0 then '0' else list::varchar end from '{_folder["c.parquet"]}'"));
        Assert.Equal("0500FF", Query($"select hex(bytes) from '{_folder["c.parquet"]}'")[5]);
        Assert.Equal(["true", "false", "false", null, "false", "false", "true"], Query($"select truth::varchar from '{_folder["c.parquet"]}'"));
    }

    [Fact]
    public async Task Parquet_states_its_schema_the_captures_name_and_the_losses()
    {
        await Captures.EveryKind().SaveAsync(_folder["c.parquet"]);
        var metadata = Query($"select decode(key) || '=' || decode(value) from parquet_kv_metadata('{_folder["c.parquet"]}')");
        Assert.Contains("bpfinteractive.schema=1", metadata);
        Assert.Contains("bpfinteractive.name=every kind", metadata);
        Assert.Contains(metadata, entry => entry!.StartsWith("bpfinteractive.losses=", StringComparison.Ordinal) && entry.Contains("\"count\":12,\"perCpu\":[3,9]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_parquet_file_read_back_is_the_capture()
    {
        var capture = Captures.EveryKind();
        await capture.SaveAsync(_folder["c.parquet"]);
        var again = await ParquetFiles.ReadAsync(_folder["c.parquet"]);
        Assert.Equal(capture.Name, again.Name);
        Assert.Equal(Captures.Print(capture), Captures.Print(again));
        Assert.Equal(capture.Losses.ToString(), again.Losses.ToString());
        Assert.Equal(capture.Select(column => column.Format), again.Select(column => column.Format));
    }

    [Fact]
    public async Task A_parquet_file_of_another_writer_is_read()
    {
        Query($"copy (select range::ubigint as n, case when range % 2 = 0 then 'even' end as t, [range::integer, 7] as l from range(5)) to '{_folder["d.parquet"]}' (format parquet)");
        var read = await ParquetFiles.ReadAsync(_folder["d.parquet"]);
        Assert.Equal("d", read.Name);
        Assert.Equal(["n=0|t=even|l=[0, 7]", "n=1|t=none|l=[1, 7]", "n=2|t=even|l=[2, 7]", "n=3|t=none|l=[3, 7]", "n=4|t=even|l=[4, 7]"], Captures.Print(read));
    }

    [Fact]
    [Slow]
    public async Task More_rows_than_a_group_holds_are_all_there()
    {
        const int Rows = (1 << 20) + 5;
        var texts = new TextColumnBuilder("t");
        for (var row = 0; row < Rows; row++)
        {
            texts.Append(row % 2 == 0 ? "even" : "odd");
        }

        var capture = new Columns("many", [new Column<int>("n", [.. Enumerable.Range(0, Rows)]), texts.ToColumn()]);
        await capture.SaveAsync(_folder["m.parquet"]);
        Assert.Equal([$"{Rows} {(long)Rows * (Rows - 1) / 2} {Rows / 2}"], Query($"select format('{{}} {{}} {{}}', count(*), sum(n)::bigint, count(*) filter (t = 'odd')) from '{_folder["m.parquet"]}'"));
        var again = await ParquetFiles.ReadAsync(_folder["m.parquet"]);
        Assert.Equal((Rows, Rows - 1, "even"), (again.RowCount, again.Values<int>("n")[^1], again.Text("t")[Rows - 1]));
    }

    [Fact]
    public async Task Csv_is_read_by_another_program_with_its_quotes_and_newlines()
    {
        var capture = Captures.EveryKind();
        await capture.SaveAsync(_folder["c.csv"]);
        var from = $"read_csv('{_folder["c.csv"]}', all_varchar = true, nullstr = '\a', allow_quoted_nulls = false)";
        foreach (var name in s_integers)
        {
            Assert.Equal(Printed(capture, name).Select(text => text ?? ""), Query($"select {name} from {from}"));
        }

        Assert.Equal(Captures.Awkward.Select(text => text ?? ""), Query($"select text from {from}"));
        Assert.Equal("0x7f0000001005", Query($"select address from {from}")[5]);
    }

    [Fact]
    public async Task Json_states_its_schema_and_keeps_every_digit()
    {
        await Captures.EveryKind().SaveAsync(_folder["c.json"]);
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(_folder["c.json"]));
        var root = document.RootElement;
        Assert.Equal((1, "every kind", 12), (root.GetProperty("schema").GetInt32(), root.GetProperty("name").GetString(), root.GetProperty("losses")[0].GetProperty("count").GetInt32()));
        var row = root.GetProperty("rows")[5];
        Assert.Equal("18446744073709551610", row.GetProperty("u64").GetString());
        Assert.Equal("0x7f0000001005", row.GetProperty("address").GetString());
        Assert.Equal(uint.MaxValue - 5, row.GetProperty("u32").GetUInt32());
        Assert.Equal(Captures.Awkward, root.GetProperty("rows").EnumerateArray().Select(each => each.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Json_lines_are_read_by_another_program()
    {
        var capture = Captures.EveryKind();
        await capture.SaveAsync(_folder["c.jsonl"]);
        Assert.Equal(Captures.Awkward, Query($"select text from read_json('{_folder["c.jsonl"]}')"));
        Assert.Equal(Printed(capture, "u64"), Query($"select u64::varchar from read_json('{_folder["c.jsonl"]}')"));
    }

    [Fact]
    public async Task What_csv_has_no_place_for_is_reported()
    {
        var said = new List<string>();
        var scope = new BpfScope("test", said.Add);
        using (scope.Enter())
        {
            await Captures.EveryKind().SaveAsync(_folder["c.csv"]);
        }

        Assert.Equal([$"{_folder["c.csv"]}: {Captures.Lost}"], said);
    }

    [Fact]
    public async Task A_capture_without_rows_is_a_file_without_rows()
    {
        var none = Captures.EveryKind().Slice(0, 0);
        await none.SaveAsync(_folder["none.parquet"]);
        Assert.Equal(["0"], Query($"select count(*)::varchar from '{_folder["none.parquet"]}'"));
        Assert.Equal(none.Select(column => column.Name), (await ParquetFiles.ReadAsync(_folder["none.parquet"])).Select(column => column.Name));
    }

    [Fact]
    public async Task An_unknown_ending_names_the_known_ones()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => Captures.EveryKind().SaveAsync(_folder["c.xlsx"]));
        Assert.Contains("it should end in .csv, .json, .jsonl, .ndjson, .parquet, .arrow, .txt", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["c.xlsx"]));
    }

    [Fact]
    public async Task A_file_that_fails_half_way_leaves_the_old_one_and_nothing_else()
    {
        var path = _folder.Write("c.txt", "old");
        await Assert.ThrowsAsync<InvalidDataException>(() => WholeFile.WriteAsync(path, async stream =>
        {
            await stream.WriteAsync(new byte[100]);
            throw new InvalidDataException("half way");
        }));
        Assert.Equal("old", await File.ReadAllTextAsync(path));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_named()
    {
        var missing = await Assert.ThrowsAsync<IOException>(() => Captures.EveryKind().SaveAsync(_folder["no/such/c.csv"]));
        Assert.Equal($"cannot write '{_folder["no/such/c.csv"]}': there is no folder '{_folder["no/such"]}'", missing.Message);
        Directory.CreateDirectory(_folder["d.csv"]);
        var folder = await Assert.ThrowsAsync<IOException>(() => Captures.EveryKind().SaveAsync(_folder["d.csv"]));
        Assert.Equal($"cannot write '{_folder["d.csv"]}': it is a folder", folder.Message);
    }

    private static string?[] Printed(Columns columns, string name) =>
        [.. Enumerable.Range(0, columns.RowCount).Select(row => columns[name].IsNull(row) ? null : columns[name].FormatValue(row))];

    /// <summary>The first column of an answer.</summary>
    private static List<string?> Query(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The paths are the test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<string?>();
        while (reader.Read())
        {
            rows.Add(reader.IsDBNull(0) ? null : reader.GetValue(0).ToString());
        }

        return rows;
    }
}
