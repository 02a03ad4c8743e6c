using BpfInteractive.Analysis;
using Microsoft.Data.Analysis;

namespace BpfInteractive.Sql;

/// <summary>What can be a table of a query.</summary>
internal static class SqlTables
{
    internal static bool IsTable(object? value) => value is Columns or DataFrame or VmaSnapshot or Profile or BpfMap;

    /// <exception cref="ArgumentException">The value has no rows.</exception>
    internal static Columns RowsOf(string name, object? value) => value switch
    {
        Columns columns => columns,
        DataFrame frame => frame.ToColumns(name),
        VmaSnapshot snapshot => snapshot.Columns,
        Profile profile => profile.SampleColumns(),
        BpfMap map => map.ToColumns(),
        _ => throw new ArgumentException($"'{name}' is {(value is null ? "null" : $"of type {value.GetType().Name}")} and has no rows: a table is a capture (Columns), a DataFrame, a VmaSnapshot, a Profile or a BpfMap"),
    };
}
