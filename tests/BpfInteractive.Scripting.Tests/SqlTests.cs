using BpfInteractive.Analysis;
using BpfInteractive.Sql;
using Microsoft.Data.Analysis;

namespace BpfInteractive.Scripting.Tests;

/// <summary>SQL over captures: right for all that captures hold, or an error.</summary>
public sealed class SqlTests
{
    private static readonly Columns s_capture = new(
        "calls",
        [
            TextColumn.Of("comm", ["sh", "sh", null, "it's \"odd\""]),
            Numbers<ulong>("address", ColumnFormat.Address, 0xffffffff81000000, 0x7f0000000000, null, 18446744073709551615),
            Numbers<ulong>("bytes", ColumnFormat.Bytes, 1, 2, 3, 4),
            Numbers<int>("pid", ColumnFormat.None, 1, -2, null, 4),
            Numbers<double>("load", ColumnFormat.None, 0.5, double.NaN, null, double.PositiveInfinity),
        ],
        Losses.Of(new Loss("ring-full", "events dropped because the ring buffer was full", 7)));

    [Fact]
    public void It_is_the_capture_and_text_groups()
    {
        var rows = s_capture.Sql("select comm, count(*) n, sum(bytes) total from it group by comm order by n desc, comm nulls last").ToColumns();
        Assert.Equal(["sh", "it's \"odd\"", null], Enumerable.Range(0, 3).Select(row => rows.Text("comm")[row]));
        Assert.Equal([2L, 1, 1], rows.Values<long>("n").ToArray());
        Assert.Equal([3L, 4, 3], rows.Values<long>("total").ToArray());
    }

    /// <summary>The scan of Arrow streams gave wrong rows for some of the columns in another order.</summary>
    [Fact]
    public void Any_of_the_columns_in_any_order_have_their_own_values()
    {
        string[] names = ["comm", "address", "bytes", "pid", "load"];
        for (var set = 1; set < 1 << names.Length; set++)
        {
            var some = names.Where((_, at) => (set >> at & 1) != 0).Reverse().ToList();
            var rows = s_capture.Sql($"select {string.Join(", ", some)} from it").ToColumns();
            Assert.Equal(some, rows.Select(column => column.Name));
            foreach (var name in some)
            {
                Assert.Equal(Enumerable.Range(0, 4).Select(s_capture[name].FormatValue), Enumerable.Range(0, 4).Select(rows[name].FormatValue));
                Assert.Equal(s_capture[name].Format, rows[name].Format);
            }
        }
    }

    [Fact]
    public void Great_numbers_are_exact_or_text()
    {
        Assert.Equal(ulong.MaxValue, s_capture.Sql("select max(address) m from it")["m"][0]);
        Assert.Equal(((UInt128)0xffffffff81000000 + ulong.MaxValue).ToString(), s_capture.Sql("select sum(address) s from it where bytes in (1, 4)")["s"][0]);
        Assert.Equal("36893488147419103230", s_capture.Sql("select 2 * max(address)::hugeint s from it")["s"][0]);
        Assert.Equal(18446744073709551615UL, s_capture.Sql("select sum(address) s from it where pid = 4")["s"][0]);
    }

    [Fact]
    public void What_was_lost_is_known_of_the_result() => Assert.Equal("7 events dropped because the ring buffer was full", s_capture.Sql("select 1 one from it").LossesOf().Single().ToString());

    [Fact]
    public void Other_tables_have_names_and_cost_nothing_where_the_query_does_not_name_them()
    {
        var names = new DataFrame(new Int32DataFrameColumn("pid", [1, 4]), new StringDataFrameColumn("what", ["init", "four"]));
        var joined = s_capture.Sql("select what, bytes from it join \"my names\" using (pid) order by pid", ("my names", names), ("unused", 5)).ToColumns();
        Assert.Equal(["init", "four"], Enumerable.Range(0, 2).Select(row => joined.Text("what")[row]));
        Assert.Contains("'names' is of type Int32 and has no rows", Assert.Throws<ArgumentException>(() => s_capture.Sql("select * from names", ("names", 5))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_a_table_and_so_are_an_empty_capture_and_lists()
    {
        using var folder = new ScriptFolder();
        var path = Path.Combine(folder.FullName, "it's.parquet");
        s_capture.Save(path);
        Assert.Equal(4L, SqlQueries.Query($"select count(*) n from '{path.Replace("'", "''", StringComparison.Ordinal)}'")["n"][0]);
        Assert.Equal(0L, s_capture.Slice(0, 0).Sql("select count(*) n from it")["n"][0]);
        Assert.Equal("[1, 2]", s_capture.Sql("select [1, 2] l")["l"][0]);
        Assert.Equal(2, s_capture.Sql("select it.comm, other.comm from it, it other limit 1").Columns.Select(column => column.Name).Distinct().Count());
    }

    [Fact]
    public void An_error_says_where_and_which_tables_there_are()
    {
        var refused = Assert.Throws<SqlException>(() => s_capture.Sql("select command from it"));
        Assert.Contains("\"command\" not found", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Tables here: it (comm, address, bytes, pid, load)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_is_cancelled_and_leaves_no_files()
    {
        using var cancel = new CancellationTokenSource(300);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SqlQueries.QueryAsync(
            "select count(*) from it, range(100000000) a, range(100000000) b where a.range + b.range + bytes = 7", [("it", s_capture)], cancel.Token));
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "bpfi-sql-*"));
    }

    [Fact]
    public async Task A_sql_cell_sees_variables_and_keeps_its_result()
    {
        await using var session = NotebookSession.Create();
        var output = new RecordedOutput();
        Assert.Null((await session.RunAsync("var maps = Vmas.Of(Environment.ProcessId);", output)).Error);
        var result = await session.RunAsync("#!sql --name kinds\nselect kind, sum(\"end\" - start) size from MAPS group by kind order by size desc", output);
        Assert.True(result.Error is null, result.Error?.Text);
        Assert.IsType<DataFrame>(result.Value);
        Assert.Equal(true, (await session.RunAsync("kinds.Rows.Count > 2", output)).Value);
        var refused = await session.RunAsync("#!sql\nselect 1 from nowhere", output);
        Assert.Contains("nowhere", refused.Error!.Text, StringComparison.Ordinal);
        Assert.Contains("#!sql takes --name NAME", (await session.RunAsync("#!sql -x\nselect 1", output)).Error!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_saves_a_capture_and_asks_the_file()
    {
        using var folder = new ScriptFolder();
        await using var session = NotebookSession.Create();
        var output = new RecordedOutput();
        var result = await session.RunAsync($"var file = \"{folder.FullName}/maps.parquet\"; var maps = Vmas.Of(Environment.ProcessId); maps.Columns.Save(file); SqlQueries.Query($\"select count(*) n from '{{file}}'\")[\"n\"][0].Equals((long)maps.Count)", output)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.True(result.Error is null, result.Error?.Text);
        Assert.Equal(true, result.Value);
    }

    [Fact]
    public async Task A_session_that_asks_nothing_loads_no_database()
    {
        using var folder = new ScriptFolder();
        const string Loaded = "string.Join(\",\", AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name).Where(name => name.Contains(\"DuckDB\") || name == \"BpfInteractive.Sql\"))";
        folder.Write("lazy.dib", $"#!csharp\n\"loaded: \" + {Loaded}\n#!sql\nselect 1 one\n#!csharp\n\"then: \" + {Loaded}");
        var (status, output, errors) = await folder.RunToolAsync(["run", "lazy.dib"]);
        Assert.True(status == 0, errors);
        Assert.Contains("loaded: \n", output, StringComparison.Ordinal);
        Assert.Matches("then: .*DuckDB.NET.Data", output);
    }

    private static Column<T> Numbers<T>(string name, ColumnFormat format, params T?[] values)
        where T : unmanaged
    {
        var builder = new ColumnBuilder<T>(name, format);
        foreach (var value in values)
        {
            if (value is { } number)
            {
                builder.Append(number);
            }
            else
            {
                builder.AppendNull();
            }
        }

        return builder.ToColumn();
    }
}
