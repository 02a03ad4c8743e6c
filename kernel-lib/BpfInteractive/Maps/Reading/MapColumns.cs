using System.Globalization;

namespace BpfInteractive;

/// <summary>Entries to columns: a reader on one side, a decoder for the key and one for the value on the other.</summary>
internal static unsafe class MapColumns
{
    internal static Columns Read(BpfMap map, BpfMapReadOptions options, CancellationToken cancellationToken)
    {
        using var reader = MapReader.Open(map, options.Take);
        var columns = new ColumnsBuilder(map.Name);
        var rows = new MapRows(map, columns, options);
        long entries = 0;
        while (reader.Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows.Append(reader);
            entries += reader.Count;
        }

        columns.Losses = Losses.Of(reader.Losses.Concat(rows.Losses).Append(Full(map, entries)));
        return WithoutKernelOwned(map, columns.ToColumns());
    }

    // What did not fit is seen by nobody but the program that tried; that the map is full is all that can be told.
    private static Loss Full(BpfMap map, long entries)
    {
        var isFull = entries >= map.MaxEntries && map.MaxEntries > 0;
        var text = map.Type switch
        {
            BpfMapType.Hash or BpfMapType.PerCpuHash or BpfMapType.LpmTrie or BpfMapType.HashOfMaps => "inserts of further keys failed unseen",
            BpfMapType.StackTrace => "further stacks were not kept",
            BpfMapType.Queue or BpfMapType.Stack => "further pushes failed unseen",
            BpfMapType.LruHash or BpfMapType.LruPerCpuHash => "further keys evicted others",
            _ => null,
        };
        return new("map-full", string.Create(CultureInfo.InvariantCulture, $"map is full ({entries:N0} of {map.MaxEntries:N0} entries): {text}"), isFull && text is not null ? 1 : 0);
    }

    // Spin locks, timers and the like read as zeros: no columns for them.
    private static Columns WithoutKernelOwned(BpfMap map, Columns columns)
    {
        if (map.ValueType is not { } type || type.Resolve().Kind != BtfKind.Struct)
        {
            return columns;
        }

        var hidden = BtfFlatMember.Of(type.Resolve()).Where(member => BtfShapes.IsKernelOwned(member.Type)).Select(member => member.Name).ToList();
        return hidden.Count == 0
            ? columns
            : columns.Select(columns.Select(column => column.Name).Where(name => !hidden.Any(owned => IsOf(name, owned) || IsOf(name, "value." + owned))));
    }

    private static bool IsOf(string column, string member) =>
        column == member || column.StartsWith(member + ".", StringComparison.Ordinal);
}
