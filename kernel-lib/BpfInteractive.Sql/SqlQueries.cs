using System.Text.RegularExpressions;
using BpfInteractive.Analysis;
using Microsoft.Data.Analysis;

namespace BpfInteractive.Sql;

/// <summary>
/// SQL over captures, as DuckDB understands it: <c>capture.Sql("select comm, count(*) n from it group by comm")</c>. The capture is the table <c>it</c>; others are named. What is
/// known to be missing from the captures is known of the result. Parquet files are tables by their path: <c>from 'trace.parquet'</c>.
/// </summary>
/// <remarks>
/// Each query has a database of its own in memory; nothing it does outlives it. The captures that a query names reach it as Parquet files in a folder that only this user can
/// read, and that goes with the query. Thread-safe.
/// </remarks>
public static partial class SqlQueries
{
    /// <summary>Asks a capture.</summary>
    /// <param name="it">The table <c>it</c>.</param>
    /// <param name="query">One or more statements; the last gives the rows.</param>
    /// <param name="others">More tables by name: captures, DataFrames, address spaces, profiles, maps.</param>
    /// <returns>The rows. Columns keep the format (addresses, sizes, times) of the source's column that they are.</returns>
    /// <exception cref="SqlException">DuckDB refuses the query; the message says where and why.</exception>
    public static DataFrame Sql(this Columns it, string query, params (string Name, object Table)[] others) => Query(query, [("it", it), .. others]);

    /// <summary>Asks a DataFrame.</summary>
    /// <inheritdoc cref="Sql(Columns, string, ValueTuple{string, object}[])"/>
    public static DataFrame Sql(this DataFrame it, string query, params (string Name, object Table)[] others) => Query(query, [("it", it), .. others]);

    /// <summary>Asks an address space.</summary>
    /// <inheritdoc cref="Sql(Columns, string, ValueTuple{string, object}[])"/>
    public static DataFrame Sql(this VmaSnapshot it, string query, params (string Name, object Table)[] others) => Query(query, [("it", it), .. others]);

    /// <summary>Asks the samples of a profile.</summary>
    /// <inheritdoc cref="Sql(Columns, string, ValueTuple{string, object}[])"/>
    public static DataFrame Sql(this Profile it, string query, params (string Name, object Table)[] others) => Query(query, [("it", it), .. others]);

    /// <summary>Asks named tables, or files alone.</summary>
    /// <inheritdoc cref="Sql(Columns, string, ValueTuple{string, object}[])"/>
    public static DataFrame Query(string query, params (string Name, object Table)[] tables) => QueryAsync(query, tables).GetAwaiter().GetResult();

    /// <summary>Asks named tables, or files alone.</summary>
    /// <param name="query">One or more statements; the last gives the rows.</param>
    /// <param name="tables">Tables by name; those that the query does not name cost nothing.</param>
    /// <param name="cancellationToken">Stops the query; without one the current <see cref="BpfScope"/>'s.</param>
    /// <exception cref="SqlException">DuckDB refuses the query.</exception>
    /// <exception cref="ArgumentException">A table is of a type that has no rows.</exception>
    public static async Task<DataFrame> QueryAsync(string query, IEnumerable<(string Name, object Table)> tables, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(query);
        ArgumentNullException.ThrowIfNull(tables);
        var named = NamesIn(query);
        var used = tables.Where(table => named.Contains(table.Name)).Select(table => (table.Name, SqlTables.RowsOf(table.Name, table.Table))).ToList();
        var token = cancellationToken.CanBeCanceled ? cancellationToken : BpfScope.Current.CancellationToken;
        return (await Task.Run(() => SqlDatabase.QueryAsync(query, used, token), token).ConfigureAwait(false)).ToDataFrame();
    }

    /// <summary>Whether a value can be a table.</summary>
    public static bool IsTable(object? value) => SqlTables.IsTable(value);

    /// <summary>The words of a query that may be a table's name. SQL does not tell upper case from lower; quoted names may hold anything.</summary>
    public static IReadOnlySet<string> NamesIn(string query) =>
        Word().Matches(query).Select(static word => word.Groups[1].Success ? word.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal) : word.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex("""
        "((?:[^"]|"")+)"|[\p{L}_][\p{L}\p{N}_]*
        """)]
    private static partial Regex Word();
}
