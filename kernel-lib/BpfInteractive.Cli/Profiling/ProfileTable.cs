using System.Globalization;

namespace BpfInteractive.Cli.Profiling;

/// <summary>The functions of a profile for people: shares rather than nanoseconds.</summary>
internal static class ProfileTable
{
    /// <param name="text">Where it is written.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="rows">How many functions or lines.</param>
    /// <param name="lines">Whether lines of source are shown rather than functions.</param>
    internal static void Write(TextWriter text, Profile profile, int rows, bool lines)
    {
        var all = lines ? profile.LineColumns() : profile.FunctionColumns();
        var shown = all.Slice(0, Math.Min(rows, all.RowCount));
        var total = Math.Max(1, profile.TotalValue);
        text.Write(new Columns(
            all.Name,
            [
                Shares("self %", shown.Values<long>("self")), Shares("total %", shown.Values<long>("total")), shown["self_samples"].With("samples"),
                .. profile.Info.ValueType == "cpu" ? Array.Empty<Column>() : [shown["self"].With($"self {profile.Info.ValueType}")],
                shown["function"], .. lines ? [PlacesOf(shown)] : (Column[])[shown["module"], shown["kind"]],
                .. ColumnUnlessEmpty(lines ? "source" : "reason"),
            ]).ToTable());
        if (all.RowCount > rows)
        {
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... {all.RowCount - rows:N0} more {all.Name} (--rows)"));
        }

        Column[] ColumnUnlessEmpty(string name) => shown.Text(name) is var column && column.NullCount < shown.RowCount ? [column] : [];

        Column<double> Shares(string name, ReadOnlySpan<long> values)
        {
            var shares = new double[values.Length];
            for (var row = 0; row < shares.Length; row++)
            {
                shares[row] = Math.Round(100.0 * values[row] / total, 2);
            }

            return new Column<double>(name, shares);
        }
    }

    // "hash.c:212": of a path the last folder and the name, which are enough to find it.
    private static TextColumn PlacesOf(Columns lines)
    {
        var (files, numbers) = (lines.Text("file"), lines["line"]);
        return TextColumn.Of("line", Enumerable.Range(0, lines.RowCount).Select(row => files[row] switch
        {
            null => null,
            var path when numbers.IsNull(row) => Short(path),
            var path => $"{Short(path)}:{numbers.FormatValue(row)}",
        }));

        static string Short(string path) => string.Join('/', path.Split('/').TakeLast(2));
    }
}
