using System.Globalization;
using BpfInteractive.Analysis;
using DuckDB.NET.Data;

namespace BpfInteractive.Sql;

/// <summary>
/// One query in a database of its own. Captures go in as Parquet files: DuckDB's scan of Arrow streams exported from C# gave silently wrong rows for some of a table's columns, and
/// crashed on a column of numbered texts.
/// </summary>
internal static class SqlDatabase
{
    internal static async Task<Columns> QueryAsync(string query, IReadOnlyList<(string Name, Columns Rows)> tables, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-sql-"); // mode 0700
        try
        {
            // No extension comes over the network because a query happens to want one.
            using var connection = new DuckDBConnection("DataSource=:memory:;autoinstall_known_extensions=false;autoload_known_extensions=false");
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            foreach (var (name, rows) in tables)
            {
                var path = Path.Combine(folder.FullName, FormattableString.Invariant($"{Guid.NewGuid():N}.parquet"));
                await rows.SaveAsync(path, cancellationToken).ConfigureAwait(false);
                Run(connection, string.Create(CultureInfo.InvariantCulture, $"create view {Quoted(name)} as select * from read_parquet('{path.Replace("'", "''", StringComparison.Ordinal)}')"));
            }

            var losses = Losses.Of(tables.SelectMany(static table => table.Rows.Losses));
            return Read(connection, query, tables, losses, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static void Run(DuckDBConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The name is quoted, and the path is ours.
        command.CommandText = statement;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static Columns Read(DuckDBConnection connection, string query, IReadOnlyList<(string Name, Columns Rows)> tables, Losses losses, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Running what the user writes is what this is for.
        command.CommandText = query;
#pragma warning restore CA2100
        using var cancel = cancellationToken.Register(command.Cancel);
        try
        {
            using var reader = command.ExecuteReader();
            var columns = Enumerable.Range(0, reader.FieldCount).Select(at => new ResultColumn(NameOf(reader, at), reader.GetFieldType(at))).ToList();
            while (reader.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (var at = 0; at < columns.Count; at++)
                {
                    columns[at].Add(reader.IsDBNull(at) ? null : reader.GetValue(at));
                }
            }

            return new Columns("query", columns.Select(column => column.ToColumn(FormatOf(column.Name, tables))), losses);
        }
        catch (DuckDBException refused)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new SqlException(Explain(refused.Message, tables), refused);
        }
    }

    /// <summary>Two columns of one name (a join) are told apart.</summary>
    private static string NameOf(DuckDBDataReader reader, int at)
    {
        var name = reader.GetName(at);
        var before = Enumerable.Range(0, at).Count(other => reader.GetName(other) == name);
        return before == 0 ? name : FormattableString.Invariant($"{name}_{before + 1}");
    }

    /// <summary>A column that is one of a table's has its meaning.</summary>
    private static ColumnFormat FormatOf(string name, IReadOnlyList<(string Name, Columns Rows)> tables) =>
        tables.Select(table => table.Rows.TryGet(name, out var column) ? column.Format : ColumnFormat.None).FirstOrDefault(format => format != ColumnFormat.None);

    private static string Explain(string message, IReadOnlyList<(string Name, Columns Rows)> tables)
    {
        var names = tables.Count == 0 ? "" : $"\nTables here: {string.Join("; ", tables.Select(table => $"{table.Name} ({string.Join(", ", table.Rows.Select(column => column.Name))})"))}";
        return message.TrimEnd() + names;
    }
}
