using System.Globalization;
using BpfInteractive.Cells;
using BpfInteractive.Charts;

namespace BpfInteractive.Scripting;

/// <summary>What <c>#!bpf --list</c> shows: what a session has in the kernel, and which cell put it there.</summary>
internal static class BpfCellList
{
    /// <param name="entries">What BPF cells loaded.</param>
    /// <param name="session">What C# cells loaded is there as well.</param>
    internal static MimeBundle Format(IReadOnlyList<BpfCellEntry> entries, CellSession session)
    {
        List<string[]> rows =
        [
            .. entries.SelectMany(static entry => RowsOf(entry.Object.Object, entry.Name + (entry.Object.IsKept ? " (kept)" : ""), entry.Cell, entry.LoadedAt.ToString("HH:mm:ss", CultureInfo.InvariantCulture))),
            .. session.Owned
                .Select(static entry => (entry.Cell, Object: entry.Resource as BpfObject))
                .Where(static entry => entry.Object is { IsDisposed: false })
                .SelectMany(entry => RowsOf(entry.Object!, VariableOf(entry.Object!, session), entry.Cell, "")),
        ];
        string[] heads = ["object", "cell", "loaded", "program", "attached to"];
        var columns = heads.Select((head, column) => new TableColumn(head, "", false, [.. rows.Select(row => (row[column], (string?)null))])).ToList();
        var footer = rows.Count == 0 ? "nothing is loaded" : string.Create(CultureInfo.InvariantCulture, $"{rows.Select(static row => row[0]).Distinct().Count()} objects, {rows.Count} programs");
        return MimeBundle.Html(TableText.Html(columns, null, 0, footer, []), TableText.Plain(columns, null, 0, footer, []));
    }

    private static string VariableOf(BpfObject loaded, CellSession session) =>
        session.Variables.FirstOrDefault(variable => ReferenceEquals(variable.Value, loaded))?.Name ?? loaded.Name;

    private static IEnumerable<string[]> RowsOf(BpfObject loaded, string name, string cell, string loadedAt) => loaded.Programs.Select(program =>
    {
        var targets = loaded.Links.Where(link => link.ProgramName == program.Name).Select(static link => link.Target).ToList();
        return new[] { name, cell, loadedAt, program.Name, targets.Count > 0 ? string.Join(", ", targets) : "nothing" };
    });
}
