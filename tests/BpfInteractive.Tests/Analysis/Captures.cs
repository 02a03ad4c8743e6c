namespace BpfInteractive.Tests.Analysis;

/// <summary>Captures with what is hard to keep: every kind of column, missing values, numbers beyond a double, text that CSV and JSON have to quote.</summary>
internal static class Captures
{
    internal static readonly Losses Lost = Losses.Of(new Loss("ring-full", "events dropped because the ring buffer was full", 12, [3, 9]));

    internal static readonly string?[] Awkward = ["plain", "comma, \"quote\"", "two\nlines", null, "é … 漢", "", "comma, \"quote\""];

    /// <summary>Seven rows; in each column one row has no value, the fourth, but in the last column, which has all.</summary>
    internal static Columns EveryKind()
    {
        var builder = new ColumnsBuilder("every kind") { Losses = Lost };
        var (u64, i64, u32, i32) = (builder.Add<ulong>("u64"), builder.Add<long>("i64"), builder.Add<uint>("u32"), builder.Add<int>("i32"));
        var (u16, i16, u8, i8) = (builder.Add<ushort>("u16"), builder.Add<short>("i16"), builder.Add<byte>("u8"), builder.Add<sbyte>("i8"));
        var (f64, f32, truth) = (builder.Add<double>("f64"), builder.Add<float>("f32"), builder.Add<bool>("truth"));
        var (address, time) = (builder.Add<ulong>("address", ColumnFormat.Address), builder.Add<long>("time", ColumnFormat.Nanoseconds));
        var (text, bytes, list, whole) = (builder.AddText("text"), builder.AddBytes("bytes"), builder.AddList<uint>("list"), builder.Add<int>("whole"));
        for (var row = 0; row < Awkward.Length; row++)
        {
            whole.Append(row);
            if (Awkward[row] is null)
            {
                foreach (var column in builder.Builders.Where(column => column != whole))
                {
                    column.AppendNull();
                }

                continue;
            }

            u64.Append(ulong.MaxValue - (ulong)row);
            i64.Append(long.MinValue + row);
            u32.Append(uint.MaxValue - (uint)row);
            i32.Append(int.MinValue + row);
            u16.Append((ushort)(ushort.MaxValue - row));
            i16.Append((short)(short.MinValue + row));
            u8.Append((byte)(byte.MaxValue - row));
            i8.Append((sbyte)(sbyte.MinValue + row));
            f64.Append(row + 0.25);
            f32.Append(row + 0.5f);
            truth.Append(row % 3 == 0);
            address.Append(0x7f00_0000_1000 + (ulong)row);
            time.Append(row * 1_000_000_007L);
            text.Append(Awkward[row]);
            bytes.Append([(byte)row, 0, 255]);
            list.Append<uint>([.. Enumerable.Range(0, row % 3).Select(at => (uint)(at + row))]);
        }

        return builder.ToColumns();
    }

    /// <summary>What each row prints: equal for equal captures.</summary>
    internal static string[] Print(Columns columns) =>
        [.. Enumerable.Range(0, columns.RowCount).Select(row => string.Join('|', columns.Select(column => $"{column.Name}={(column.IsNull(row) ? "none" : column.FormatValue(row))}")))];
}
