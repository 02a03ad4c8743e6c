using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace BpfInteractive.Analysis;

/// <summary>One column in and out of Parquet. The element's type is chosen once a column, then all is straight code.</summary>
internal static class ParquetColumns
{
    /// <summary>The levels of our lists: the list itself may be missing, its elements may not.</summary>
    private const int NoList = 0;
    private const int EmptyList = 1;
    private const int InList = 2;
    private const string ElementName = "element";

    internal static Field FieldOf(Column column) => column switch
    {
        ListColumn list when ScalarOf(list.Elements) is { } element => new ListField(list.Name, new DataField(ElementName, element, isNullable: false)),
        BytesColumn => new DataField(column.Name, typeof(byte[]), isNullable: true),
        _ when ScalarOf(column) is { } scalar => new DataField(column.Name, scalar, isNullable: column.NullCount > 0),
        _ => new DataField(column.Name, typeof(string), isNullable: true),
    };

    internal static Task WriteAsync(ParquetRowGroupWriter group, Field field, Column column, CancellationToken token) => column switch
    {
        ListColumn list when field is ListField lists => WriteListsAsync(group, (DataField)lists.Item, list, token),
        BytesColumn bytes => group.WriteAsync((DataField)field, Enumerable.Range(0, bytes.Count).Select(row => bytes.IsNull(row) ? null! : bytes[row].ToArray()).ToArray()),
        Column<ulong> c => WriteAsync(group, field, c, token),
        Column<long> c => WriteAsync(group, field, c, token),
        Column<uint> c => WriteAsync(group, field, c, token),
        Column<int> c => WriteAsync(group, field, c, token),
        Column<ushort> c => WriteAsync(group, field, c, token),
        Column<short> c => WriteAsync(group, field, c, token),
        Column<byte> c => WriteAsync(group, field, c, token),
        Column<sbyte> c => WriteAsync(group, field, c, token),
        Column<double> c => WriteAsync(group, field, c, token),
        Column<float> c => WriteAsync(group, field, c, token),
        Column<bool> c => WriteAsync(group, field, c, token),
        TextColumn text => group.WriteAsync((DataField)field, Enumerable.Range(0, text.Count).Select(row => text[row]!).ToArray()),
        _ => group.WriteAsync((DataField)field, Enumerable.Range(0, column.Count).Select(row => column.IsNull(row) ? null! : column.FormatValue(row)).ToArray()),
    };

    internal static Task<Column> ReadAsync(ParquetReader reader, Field field, ColumnFormat format, CancellationToken token) => field switch
    {
        ListField { Item: DataField item } => ByType(item, new ListReader(reader, field.Name, item, format, token)),
        DataField data when IsText(data) => ReadTextAsync(reader, data, format, token),
        DataField data when data.ClrType == typeof(byte[]) || data.ClrType == typeof(ReadOnlyMemory<byte>) => ReadBytesAsync(reader, data, format, token),
        DataField data => ByType(data, new ScalarReader(reader, data, format, token)),
        _ => throw new NotSupportedException($"column '{field.Name}' is a {field.SchemaType}: only flat columns and lists of numbers are read"),
    };

    /// <summary>A text column read from a file says that it holds memory of characters.</summary>
    private static bool IsText(DataField field) => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>);

    private static Type? ScalarOf(Column column) => column.ElementType.IsPrimitive ? column.ElementType : null;

    private static Task WriteAsync<T>(ParquetRowGroupWriter group, Field field, Column<T> column, CancellationToken token)
        where T : unmanaged
    {
        var data = (DataField)field;
        return data.IsNullable
            ? group.WriteAsync<T>(data, Enumerable.Range(0, column.Count).Select(row => column.IsNull(row) ? (T?)null : column[row]).ToArray(), cancellationToken: token)
            : group.WriteAsync(data, column.Memory, cancellationToken: token);
    }

    private static Task WriteListsAsync(ParquetRowGroupWriter group, DataField item, ListColumn column, CancellationToken token)
    {
        List<int> definitions = [], repetitions = [];
        for (var row = 0; row < column.Count; row++)
        {
            var count = column.IsNull(row) ? 0 : column[row].Count;
            definitions.Add(column.IsNull(row) ? NoList : count == 0 ? EmptyList : InList);
            repetitions.Add(0);
            for (var at = 1; at < count; at++)
            {
                definitions.Add(InList);
                repetitions.Add(1);
            }
        }

        var elements = column.Elements.Slice(column.Offsets[0], column.Offsets[^1] - column.Offsets[0]);
        int[] definitionLevels = [.. definitions], repetitionLevels = [.. repetitions];
        return elements switch
        {
            Column<ulong> c => WriteAll(c),
            Column<long> c => WriteAll(c),
            Column<uint> c => WriteAll(c),
            Column<int> c => WriteAll(c),
            Column<ushort> c => WriteAll(c),
            Column<short> c => WriteAll(c),
            Column<byte> c => WriteAll(c),
            Column<sbyte> c => WriteAll(c),
            Column<double> c => WriteAll(c),
            Column<float> c => WriteAll(c),
            Column<bool> c => WriteAll(c),
            _ => throw new NotSupportedException($"lists of {elements}"),
        };

        Task WriteAll<T>(Column<T> values)
            where T : unmanaged => group.WriteAllPartsAsync(item, values.Memory, definitionLevels, repetitionLevels, token);
    }

    private static async Task<Column> ReadTextAsync(ParquetReader reader, DataField field, ColumnFormat format, CancellationToken token)
    {
        var builder = new TextColumnBuilder(field.Name, format);
        foreach (var group in reader.RowGroups)
        {
            var texts = new string?[group.RowCount];
            await group.ReadAsync(field, texts.AsMemory()!, cancellationToken: token).ConfigureAwait(false);
            foreach (var text in texts)
            {
                builder.Append(text);
            }
        }

        return builder.ToColumn();
    }

    private static async Task<Column> ReadBytesAsync(ParquetReader reader, DataField field, ColumnFormat format, CancellationToken token)
    {
        var builder = new BytesColumnBuilder(field.Name, format);
        foreach (var group in reader.RowGroups)
        {
            var rows = new byte[]?[group.RowCount];
            await group.ReadAsync(field, rows.AsMemory()!, cancellationToken: token).ConfigureAwait(false);
            foreach (var row in rows)
            {
                if (row is null)
                {
                    builder.AppendNull();
                }
                else
                {
                    builder.Append(row);
                }
            }
        }

        return builder.ToColumn();
    }

    private static Task<Column> ByType(DataField field, ITypedReader reader) => field.ClrType switch
    {
        var type when type == typeof(ulong) => reader.ReadAsync<ulong>(),
        var type when type == typeof(long) => reader.ReadAsync<long>(),
        var type when type == typeof(uint) => reader.ReadAsync<uint>(),
        var type when type == typeof(int) => reader.ReadAsync<int>(),
        var type when type == typeof(ushort) => reader.ReadAsync<ushort>(),
        var type when type == typeof(short) => reader.ReadAsync<short>(),
        var type when type == typeof(byte) => reader.ReadAsync<byte>(),
        var type when type == typeof(sbyte) => reader.ReadAsync<sbyte>(),
        var type when type == typeof(double) => reader.ReadAsync<double>(),
        var type when type == typeof(float) => reader.ReadAsync<float>(),
        var type when type == typeof(bool) => reader.ReadAsync<bool>(),
        _ => throw new NotSupportedException($"column '{field.Name}' holds {field.ClrType.Name}, which is not read"),
    };

    private interface ITypedReader
    {
        Task<Column> ReadAsync<T>()
            where T : unmanaged;
    }

    private sealed class ScalarReader(ParquetReader reader, DataField field, ColumnFormat format, CancellationToken token) : ITypedReader
    {
        public async Task<Column> ReadAsync<T>()
            where T : unmanaged
        {
            var builder = new ColumnBuilder<T>(field.Name, format);
            foreach (var group in reader.RowGroups)
            {
                if (field.IsNullable)
                {
                    var rows = new T?[group.RowCount];
                    await group.ReadAsync<T>(field, rows.AsMemory(), cancellationToken: token).ConfigureAwait(false);
                    Append(builder, rows);
                }
                else
                {
                    var rows = new T[group.RowCount];
                    await group.ReadAsync<T>(field, rows.AsMemory(), cancellationToken: token).ConfigureAwait(false);
                    builder.Append(rows.AsSpan());
                }
            }

            return builder.ToColumn();
        }

        private static void Append<T>(ColumnBuilder<T> builder, T?[] rows)
            where T : unmanaged
        {
            foreach (var row in rows)
            {
                if (row is { } value)
                {
                    builder.Append(value);
                }
                else
                {
                    builder.AppendNull();
                }
            }
        }
    }

    private sealed class ListReader(ParquetReader reader, string name, DataField item, ColumnFormat format, CancellationToken token) : ITypedReader
    {
        public async Task<Column> ReadAsync<T>()
            where T : unmanaged
        {
            var elements = new ColumnBuilder<T>(name, format);
            var builder = new ListColumnBuilder(name, elements);
            foreach (var group in reader.RowGroups)
            {
                using var raw = (RawColumnData<T>)await group.ReadRawColumnDataBaseAsync(item, token).ConfigureAwait(false);
                Append(builder, elements, raw.DefinitionLevels, raw.RepetitionLevels, raw.Values);
            }

            return builder.ToColumn();
        }

        private void Append<T>(ListColumnBuilder builder, ColumnBuilder<T> elements, ReadOnlySpan<int> definitions, ReadOnlySpan<int> repetitions, ReadOnlySpan<T> values)
            where T : unmanaged
        {
            var taken = 0;
            for (var at = 0; at < definitions.Length; at++)
            {
                if (definitions[at] == item.MaxDefinitionLevel)
                {
                    elements.Append(values[taken++]);
                }

                var isLast = at + 1 == definitions.Length || repetitions[at + 1] == 0;
                if (isLast && definitions[at] == NoList)
                {
                    builder.AppendNull();
                }
                else if (isLast)
                {
                    builder.EndRow();
                }
            }
        }
    }
}
