using System.Globalization;

namespace BpfInteractive.Cli.Profiling;

/// <summary>The functions of a profile for people: shares rather than nanoseconds.</summary>
internal static class ProfileTable
{
    internal static void Write(TextWriter text, Profile profile, int rows)
    {
        var functions = profile.FunctionColumns();
        var shown = functions.Slice(0, Math.Min(rows, functions.RowCount));
        var total = Math.Max(1, profile.TotalValue);
        var reasons = shown.Text("reason");
        text.Write(new Columns(
            "functions",
            [
                Shares("self %", shown.Values<long>("self")), Shares("total %", shown.Values<long>("total")), shown["self_samples"].With("samples"),
                .. profile.Info.ValueType == "cpu" ? Array.Empty<Column>() : [shown["self"].With($"self {profile.Info.ValueType}")],
                shown["function"], shown["module"], shown["kind"], .. reasons.NullCount < shown.RowCount ? [reasons] : Array.Empty<Column>(),
            ]).ToTable());
        if (functions.RowCount > rows)
        {
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... {functions.RowCount - rows:N0} more functions (--rows)"));
        }

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
}
