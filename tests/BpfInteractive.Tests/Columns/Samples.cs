namespace BpfInteractive.Tests.Tables;

/// <summary>Captures with every kind of column.</summary>
internal static class Samples
{
    internal static Columns Random(Random random, int rows)
    {
        var builder = new ColumnsBuilder("random");
        var number = builder.Add<int>("number");
        var address = builder.Add<ulong>("address", ColumnFormat.Address);
        var text = builder.AddText("text");
        var bytes = builder.AddBytes("bytes");
        var list = builder.AddList<ushort>("list");
        var nested = builder.Add(new ListColumnBuilder("nested", new ListColumnBuilder("nested", new TextColumnBuilder("nested"))));
        for (var row = 0; row < rows; row++)
        {
            if (random.Next(5) == 0)
            {
                builder.Builders[random.Next(builder.Builders.Count)].AppendNull();
            }

            Complete(number, row, () => number.Append(random.Next()));
            Complete(address, row, () => address.Append((ulong)random.NextInt64()));
            Complete(text, row, () => text.Append($"t{random.Next(20)}"));
            Complete(bytes, row, () => bytes.Append(new byte[random.Next(4)]));
            Complete(list, row, () => list.Append<ushort>(new ushort[random.Next(3)]));
            Complete(nested, row, () => AppendNested(nested, random));
        }

        return builder.ToColumns();
    }

    private static void Complete(ColumnBuilder column, int row, Action append)
    {
        if (column.Count == row)
        {
            append();
        }
    }

    private static void AppendNested(ListColumnBuilder nested, Random random)
    {
        var inner = (ListColumnBuilder)nested.Elements;
        for (var at = random.Next(3); at > 0; at--)
        {
            ((TextColumnBuilder)inner.Elements).Append($"n{at}");
            inner.EndRow();
        }

        nested.EndRow();
    }
}
