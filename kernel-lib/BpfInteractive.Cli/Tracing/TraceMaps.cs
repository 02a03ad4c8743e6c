namespace BpfInteractive.Cli.Tracing;

/// <summary>The maps at the end of a run: what programs counted, the largest first.</summary>
internal static class TraceMaps
{
    private const int MostRows = 40;
    private const string Drops = "_drops";

    internal static void Write(BpfObject program, TraceOutput output)
    {
        foreach (var map in program.Maps.Where(map => !map.IsInternal && !map.Name.StartsWith('_')))
        {
            if (map.Name.EndsWith(Drops, StringComparison.Ordinal))
            {
                TellDrops(program, map, output);
            }
            else if (IsReadable(map))
            {
                WriteMap(map, output);
            }
        }
    }

    private static bool IsReadable(BpfMap map) =>
        map.Operations.HasFlag(BpfMapOperations.Get | BpfMapOperations.Enumerate)
        || map.Type is BpfMapType.Queue or BpfMapType.Stack or BpfMapType.TaskStorage or BpfMapType.CgroupLocalStorage;

    private static void WriteMap(BpfMap map, TraceOutput output)
    {
        var all = map.ToColumns(new() { PerCpu = BpfPerCpuRows.Sum, Take = map.Type is BpfMapType.Queue or BpfMapType.Stack });
        var order = Order(map, all);
        var shown = Pick(all, order.Take(MostRows));
        var hidden = order.Count - shown.RowCount;
        output.WriteMap(
            shown,
            FormattableString.Invariant($"{map.Name}: {order.Count:N0} {(order.Count == 1 ? "entry" : "entries")}"),
            hidden > 0 ? FormattableString.Invariant($"... {hidden:N0} more") : null);
    }

    // A ring's own drops came with its rows; a map's are told here.
    private static void TellDrops(BpfObject program, BpfMap drops, TraceOutput output)
    {
        var name = drops.Name[..^Drops.Length];
        if (!program.Maps.TryGet(name, out var map) || map.Type is BpfMapType.RingBuffer or BpfMapType.PerfEventArray || !drops.IsPerCpu || drops.ValueSize != 8)
        {
            return;
        }

        var perCpu = drops.ToColumns().Values<ulong>("value").ToArray();
        output.AddLoss(new Loss($"{name}-full", $"updates of map '{name}' failed: it was full", perCpu.Sum(count => (long)count), Array.ConvertAll(perCpu, count => (long)count)));
    }

    // Arrays keep their order and leave out what is zero (histograms); all else has the largest first.
    private static List<int> Order(BpfMap map, Columns rows)
    {
        var all = Enumerable.Range(0, rows.RowCount);
        if (ValueColumn(map, rows) is not { } value)
        {
            return [.. all];
        }

        return map.Type is BpfMapType.Array or BpfMapType.PerCpuArray
            ? [.. all.Where(row => Number(value, row) != 0)]
            : [.. all.OrderByDescending(row => Number(value, row))];
    }

    private static Column? ValueColumn(BpfMap map, Columns rows)
    {
        var names = map.ValueType?.Resolve() is { Kind: BtfKind.Struct } type
            ? type.Members.SelectMany(member => new[] { "value." + member.Name, member.Name })
            : ["value"];
        return names.Where(name => rows.IndexOf(name) >= 0).Select(name => rows[name]).FirstOrDefault(IsNumber);
    }

    private static bool IsNumber(Column column) => column.ElementType.IsPrimitive && column.ElementType != typeof(bool);

    private static decimal Number(Column column, int row) =>
        Convert.ToDecimal(column.GetValue(row) ?? 0, System.Globalization.CultureInfo.InvariantCulture);

    private static Columns Pick(Columns all, IEnumerable<int> rows)
    {
        var picked = ColumnsBuilder.Like(all);
        foreach (var row in rows)
        {
            picked.Append(all.Slice(row, 1));
        }

        return picked.ToColumns().WithLosses(all.Losses);
    }
}
