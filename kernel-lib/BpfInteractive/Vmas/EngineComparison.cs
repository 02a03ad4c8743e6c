namespace BpfInteractive;

/// <summary>Every engine on one process: rows, time, and what each cannot know.</summary>
internal static class EngineComparison
{
    private const int Takings = 4;

    /// <summary>Takes the process by each engine some times and shows the fastest: the first use loads its program.</summary>
    internal static Columns Of(int pid, VmaOptions options)
    {
        var rows = VmaEngines.Report().Select(report => Take(pid, options, report)).ToList();
        if (rows.TrueForAll(row => row.Snapshot is null))
        {
            throw (Exception?)rows.Find(row => row.Refusal is not null)?.Refusal ?? new InvalidOperationException("no engine can be used");
        }

        var taken = rows.Where(row => row.Snapshot is not null).Select(row => row.Snapshot!).ToList();
        var most = taken.Select(snapshot => snapshot.ToProcMaps()).GroupBy(text => text).MaxBy(same => same.Count())?.Key;
        return new Columns("engines",
        [
            TextColumn.Of("process", rows.Select(_ => taken[0].Process.ToString())),
            TextColumn.Of("engine", rows.Select(row => row.Report.Name)),
            Numbers("rows", rows, row => row.Snapshot?.Count),
            TextColumn.Of("agrees", rows.Select(row => row.Snapshot is null ? null : row.Snapshot.ToProcMaps() == most ? "yes" : "no")),
            Numbers("time_ns", rows, row => (long?)row.Snapshot?.Taking.Elapsed.TotalNanoseconds, ColumnFormat.Nanoseconds),
            Numbers("kernel_ns", rows, row => (long?)row.Snapshot?.Taking.KernelTime.TotalNanoseconds, ColumnFormat.Nanoseconds),
            TextColumn.Of("moments", rows.Select(row => row.Snapshot is null ? null : row.Snapshot.Taking.OneMoment ? "one" : "many")),
            TextColumn.Of("cannot_know", rows.Select(row => row.Snapshot is null ? row.Why : string.Join("; ", row.Snapshot.Taking.Unknown))),
        ]);
    }

    private static Row Take(int pid, VmaOptions options, VmaEngineReport report)
    {
        if (report.WhyUnavailable is not null)
        {
            return new Row(report, null, $"not here: {report.WhyUnavailable}");
        }

        if (report.Engine == VmaEngine.FindVma && options.From == 0)
        {
            return new Row(report, null, "walks nothing: give an address by --from");
        }

        try
        {
            var takings = Enumerable.Range(0, Takings).Select(_ => Vmas.Of(pid, options with { Engine = report.Engine })).ToList();
            return new Row(report, takings.MinBy(snapshot => snapshot.Taking.Elapsed), null);
        }
        catch (BpfException refused)
        {
            return new Row(report, null, refused.Message, refused);
        }
    }

    private static Column<long> Numbers(string name, List<Row> rows, Func<Row, long?> of, ColumnFormat format = ColumnFormat.None)
    {
        var column = new ColumnBuilder<long>(name, format);
        foreach (var row in rows)
        {
            if (of(row) is { } number)
            {
                column.Append(number);
            }
            else
            {
                column.AppendNull();
            }
        }

        return column.ToColumn();
    }

    private sealed record Row(VmaEngineReport Report, VmaSnapshot? Snapshot, string? Why, BpfException? Refusal = null);
}
