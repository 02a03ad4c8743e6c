using System.Globalization;

namespace BpfInteractive.Charts;

/// <summary>A capture as a table, the losses under it.</summary>
internal static class CaptureTable
{
    private const int First = 10;
    private const int Last = 5;

    internal static (string Html, string Text) Of(Columns capture)
    {
        var isWhole = capture.RowCount <= First + Last + 1;
        List<int> rows = isWhole
            ? [.. Enumerable.Range(0, capture.RowCount)]
            : [.. Enumerable.Range(0, First), .. Enumerable.Range(capture.RowCount - Last, Last)];
        var columns = capture.Select(column => Column(column, rows)).ToList();
        var between = isWhole ? null : string.Create(CultureInfo.InvariantCulture, $"{capture.RowCount - First - Last:N0} more rows");
        var footer = string.Create(CultureInfo.InvariantCulture, $"{capture.Name}: {capture.RowCount:N0} {(capture.RowCount == 1 ? "row" : "rows")} × {columns.Count} columns");
        var losses = capture.Losses.Select(loss => loss.ToString()).ToList();
        return (TableText.Html(columns, between, First, footer, losses), TableText.Plain(columns, between, First, footer, losses));
    }

    private static TableColumn Column(Column column, IReadOnlyList<int> rows) => new(
        column.Name,
        column.Format == ColumnFormat.None ? TypeText.Of(column.ElementType) : $"{TypeText.Of(column.ElementType)}, {column.Format}",
        column.ElementType.IsPrimitive && column.ElementType != typeof(bool),
        [.. rows.Select(row => column.IsNull(row) ? ("–", null) : ValueText.OfText(column.FormatValue(row), column.Format))]);
}
