namespace BpfInteractive.Sql;

/// <summary>DuckDB refuses a query.</summary>
public sealed class SqlException : Exception
{
    /// <summary>Says why.</summary>
    public SqlException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
