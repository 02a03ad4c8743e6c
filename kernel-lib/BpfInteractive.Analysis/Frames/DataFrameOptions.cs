namespace BpfInteractive.Analysis;

/// <summary>What becomes of a column of lists in a DataFrame, which has none.</summary>
public enum ListForm
{
    /// <summary>Each list as text: <c>[1, 2]</c>.</summary>
    Text,

    /// <summary>A number for each distinct list; <see cref="ListTables.ListTable"/> gives the lists by that number.</summary>
    Ids,

    /// <summary>Nothing: the column is left out.</summary>
    Omit,
}

/// <summary>How columns become a DataFrame.</summary>
public sealed record DataFrameOptions
{
    /// <summary>Ten million rows at most; lists as text.</summary>
    public static readonly DataFrameOptions Default = new();

    /// <summary>The most rows that are taken; more is an error, not a cut. A DataFrame keeps a string object's reference for each cell of text.</summary>
    public int MaxRows { get; init; } = 10_000_000;

    /// <summary>What becomes of lists.</summary>
    public ListForm Lists { get; init; } = ListForm.Text;
}
