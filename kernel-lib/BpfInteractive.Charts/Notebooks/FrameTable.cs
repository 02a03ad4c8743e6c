using System.Globalization;
using BpfInteractive.Analysis;
using Microsoft.Data.Analysis;

namespace BpfInteractive.Charts;

/// <summary>A DataFrame as a table: its types, numbers flush right, addresses in hex, sizes and times as people read them, the first and the last rows with the number of all.</summary>
internal static class FrameTable
{
    private const int First = 10;
    private const int Last = 5;

    internal static (string Html, string Text) Of(DataFrame frame)
    {
        var count = frame.Rows.Count;
        var isWhole = count <= First + Last + 1;
        var rows = isWhole
            ? Enumerable.Range(0, (int)count).Select(row => (long)row).ToList()
            : [.. Enumerable.Range(0, First).Select(row => (long)row), .. Enumerable.Range(0, Last).Select(row => count - Last + row)];
        var columns = frame.Columns.Select(column => Column(column, rows)).ToList();
        var between = isWhole ? null : string.Create(CultureInfo.InvariantCulture, $"{count - First - Last:N0} more rows");
        var footer = string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "row" : "rows")} × {columns.Count} columns");
        var losses = frame.LossesOf().Select(loss => loss.ToString()).ToList();
        return (TableText.Html(columns, between, First, footer, losses), TableText.Plain(columns, between, First, footer, losses));
    }

    private static TableColumn Column(DataFrameColumn column, IReadOnlyList<long> rows)
    {
        var format = column.FormatOf();
        return new TableColumn(
            column.Name,
            TypeText.Of(column.DataType),
            column.IsNumericColumn(),
            [.. rows.Select(row => ValueText.Of(column[row], format))]);
    }
}
