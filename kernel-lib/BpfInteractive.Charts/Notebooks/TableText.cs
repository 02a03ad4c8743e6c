using System.Net;
using System.Text;

namespace BpfInteractive.Charts;

/// <summary>A column of a table about to be shown.</summary>
/// <param name="Name">The head.</param>
/// <param name="Type">The type, under the head.</param>
/// <param name="IsNumber">Flush right.</param>
/// <param name="Cells">The shown text of each row, and the exact one when it differs.</param>
internal sealed record TableColumn(string Name, string Type, bool IsNumber, IReadOnlyList<(string Shown, string? Exact)> Cells);

/// <summary>A table as HTML and as plain text. Where rows were left out, a line says so between the first and the last.</summary>
internal static class TableText
{
    private const int LongestCell = 60;

    /// <summary>One look for all tables; a front end shows it once for each, which costs less than looking whether it is there.</summary>
    private const string Style =
        "<style>.bpfi-table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}"
        + ".bpfi-table th,.bpfi-table td{padding:3px 10px!important;border-bottom:1px solid #eef0f2!important;white-space:nowrap;text-align:left!important;vertical-align:top}"
        + ".bpfi-table th small{font-weight:400;color:#6b7280;display:block}"
        + ".bpfi-table .n{text-align:right!important}.bpfi-table .m{color:#57606a;font-style:italic;text-align:center!important}"
        + ".bpfi-lost{color:#a33f00;font-weight:600}.bpfi-count{color:#57606a;font-size:12px}"
        + ".bpfi-sorts .bpfi-table thead th{cursor:pointer}.bpfi-table th[aria-sort]{background:#eef2f7}"
        + ".bpfi-table th[aria-sort=ascending] small::after{content:\" \\25b2\"}.bpfi-table th[aria-sort=descending] small::after{content:\" \\25bc\"}</style>";

    /// <summary>
    /// A click on a head sorts the rows that are shown, the next turns them round, the third brings back their order. One listener for all tables of a page, which works
    /// wherever and whenever a front end puts a table; where no script runs, the table is a table. The line about rows left out goes to the end, rows without a value before it.
    /// </summary>
    private const string Sorting =
        """
        <script>(function(d){if(d.bpfiSorts)return;d.bpfiSorts=1;d.documentElement.classList.add("bpfi-sorts");
        d.addEventListener("click",function(e){var h=e.target.closest&&e.target.closest(".bpfi-table thead th");if(!h)return;
        var t=h.closest("table"),b=t.tBodies[0],i=h.cellIndex,w=h.getAttribute("aria-sort"),s=w=="ascending"?-1:w?0:1,num=h.classList.contains("n");
        t.bpfiRows=t.bpfiRows||[].slice.call(b.rows);var all=t.bpfiRows,r=all.filter(function(x){return x.cells.length==h.parentNode.cells.length&&!x.querySelector(".m")});
        function key(x){var c=x.cells[i],v=(c.title||c.textContent).trim();if(v=="\u2013")return null;if(!num)return v;v=v.replace(/,/g,"");
        return /^(-?\d+|0x[0-9a-f]+)$/i.test(v)?BigInt(v):isNaN(v)||!v?null:+v}
        if(s){r=r.map(function(x){return[key(x),x]}).sort(function(p,q){p=p[0];q=q[0];
        return p===null||q===null?(p===null)-(q===null):s*(num?(p<q?-1:p>q?1:0):p.localeCompare(q))}).map(function(p){return p[1]});
        r=r.concat(all.filter(function(x){return r.indexOf(x)<0}))}else r=all;
        [].forEach.call(h.parentNode.cells,function(x){x.removeAttribute("aria-sort")});if(s)h.setAttribute("aria-sort",s>0?"ascending":"descending");
        r.forEach(function(x){b.appendChild(x)})})})(document)</script>
        """;

    internal static string Html(IReadOnlyList<TableColumn> columns, string? between, int betweenAt, string footer, IEnumerable<string> losses)
    {
        var html = new StringBuilder(Style).Append("<table class=\"bpfi-table\"><thead><tr>");
        foreach (var column in columns)
        {
            html.Append($"<th{Class(column)}>{Encode(column.Name)} <small>{Encode(column.Type)}</small></th>");
        }

        html.Append("</tr></thead><tbody>\n");
        var rows = columns.Count == 0 ? 0 : columns[0].Cells.Count;
        for (var row = 0; row < rows; row++)
        {
            if (between is not null && row == betweenAt)
            {
                html.Append($"<tr><td class=\"m\" colspan=\"{columns.Count}\">{Encode(between)}</td></tr>\n");
            }

            html.Append("<tr>");
            foreach (var column in columns)
            {
                AppendCell(html, column, column.Cells[row]);
            }

            html.Append("</tr>\n");
        }

        html.Append($"</tbody></table><div class=\"bpfi-count\">{Encode(footer)}</div>");
        foreach (var loss in losses)
        {
            html.Append($"<div class=\"bpfi-lost\">lost: {Encode(loss)}</div>");
        }

        return html.Append(Sorting).ToString();
    }

    internal static string Plain(IReadOnlyList<TableColumn> columns, string? between, int betweenAt, string footer, IEnumerable<string> losses)
    {
        var text = new StringBuilder();
        var widths = columns.Select(column => Math.Min(LongestCell, column.Cells.Select(cell => cell.Shown.Length).Append(column.Name.Length).Max())).ToArray();
        AppendLine(text, columns, widths, column => column.Name);
        var rows = columns.Count == 0 ? 0 : columns[0].Cells.Count;
        for (var row = 0; row < rows; row++)
        {
            if (between is not null && row == betweenAt)
            {
                text.Append("… ").Append(between).Append('\n');
            }

            AppendLine(text, columns, widths, column => column.Cells[row].Shown);
        }

        text.Append(footer);
        foreach (var loss in losses)
        {
            text.Append("\nlost: ").Append(loss);
        }

        return text.ToString();
    }

    private static void AppendLine(StringBuilder text, IReadOnlyList<TableColumn> columns, int[] widths, Func<TableColumn, string> cell)
    {
        var line = columns.Select((column, at) => column.IsNumber ? Fit(cell(column), widths[at]).PadLeft(widths[at]) : Fit(cell(column), widths[at]).PadRight(widths[at]));
        text.Append(string.Join("  ", line).TrimEnd()).Append('\n');
    }

    private static void AppendCell(StringBuilder html, TableColumn column, (string Shown, string? Exact) cell)
    {
        var title = cell.Exact is null ? "" : $" title=\"{Encode(cell.Exact)}\"";
        html.Append($"<td{Class(column)}{title}>");
        html.Append(cell.Shown.Length > LongestCell
            ? $"<details><summary>{Encode(Fit(cell.Shown, LongestCell))}</summary>{Encode(cell.Shown)}</details>"
            : Encode(cell.Shown));
        html.Append("</td>");
    }

    private static string Class(TableColumn column) => column.IsNumber ? " class=\"n\"" : "";

    private static string Fit(string text, int width)
    {
        text = text.ReplaceLineEndings(" ");
        return text.Length <= width ? text : text[..(width - 1)] + "…";
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
