using System.Globalization;
using System.Net;
using System.Text;

namespace BpfInteractive.Charts;

/// <summary>A capture as an HTML table.</summary>
internal static class HtmlTable
{
    private const int LongestCell = 60;

    internal static string Of(Columns columns, int first, int last)
    {
        var html = new StringBuilder("<div class=\"table\"><table>\n<thead><tr>");
        foreach (var column in columns)
        {
            html.Append(CultureInfo.InvariantCulture, $"<th{Class(column)}>{WebUtility.HtmlEncode(column.Name)}</th>");
        }

        html.Append("</tr></thead>\n<tbody>\n");
        var all = columns.RowCount <= first + last + 1;
        AppendRows(html, columns, 0, all ? columns.RowCount : first);
        if (!all)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr class=\"between\"><td colspan=\"{columns.Count}\">{columns.RowCount - first - last:N0} more rows; {columns.RowCount:N0} in all</td></tr>\n");
            AppendRows(html, columns, columns.RowCount - last, last);
        }

        html.Append("</tbody></table></div>");
        foreach (var loss in columns.Losses)
        {
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"lost\">lost: {WebUtility.HtmlEncode(loss.ToString())}</div>");
        }

        return html.ToString();
    }

    private static void AppendRows(StringBuilder html, Columns columns, int start, int count)
    {
        for (var row = start; row < start + count; row++)
        {
            html.Append("<tr>");
            foreach (var column in columns)
            {
                AppendCell(html, column, row);
            }

            html.Append("</tr>\n");
        }
    }

    private static void AppendCell(StringBuilder html, Column column, int row)
    {
        if (column.IsNull(row))
        {
            html.Append(CultureInfo.InvariantCulture, $"<td{Class(column)}><span class=\"none\">–</span></td>");
            return;
        }

        var exact = column.FormatValue(row);
        var shown = Shown(column, row, exact);
        var title = shown == exact ? "" : $" title=\"{WebUtility.HtmlEncode(exact)}\"";
        html.Append(CultureInfo.InvariantCulture, $"<td{Class(column)}{title}>");
        if (shown.Length > LongestCell)
        {
            html.Append(CultureInfo.InvariantCulture, $"<details><summary>{WebUtility.HtmlEncode(Human.Shorten(shown, LongestCell))}</summary><div class=\"whole\">{WebUtility.HtmlEncode(shown)}</div></details>");
        }
        else
        {
            html.Append(WebUtility.HtmlEncode(shown));
        }

        html.Append("</td>");
    }

    /// <summary>Sizes and times as people read them, large counts in groups of three digits; the exact value is the cell's title.</summary>
    private static string Shown(Column column, int row, string exact) => column.Format switch
    {
        ColumnFormat.Bytes when double.TryParse(exact, CultureInfo.InvariantCulture, out var bytes) => Human.Bytes(bytes),
        ColumnFormat.Nanoseconds when double.TryParse(exact, CultureInfo.InvariantCulture, out var time) => Human.Nanoseconds(time),
        ColumnFormat.None when column is Column<ulong> numbers && column.Name != "inode" => numbers[row].ToString("N0", CultureInfo.InvariantCulture),
        ColumnFormat.None when column is Column<long> numbers => numbers[row].ToString("N0", CultureInfo.InvariantCulture),
        ColumnFormat.None when column is Column<double> numbers => numbers[row].ToString("0.###", CultureInfo.InvariantCulture),
        _ => exact,
    };

    private static string Class(Column column)
    {
        var isCode = column is BytesColumn or ListColumn || column.Format is ColumnFormat.Address or ColumnFormat.Hexadecimal || column.Name is "perms" or "path";
        var isNumber = column.ElementType.IsPrimitive && column.ElementType != typeof(bool);
        return (isNumber, isCode) switch
        {
            (true, true) => " class=\"number mono\"",
            (true, false) => " class=\"number\"",
            (false, true) => " class=\"mono\"",
            _ => "",
        };
    }
}
