using Apache.Arrow;

namespace BpfInteractive.Analysis;

/// <summary>Captures as Apache Arrow.</summary>
public static class ArrowBatches
{
    /// <summary>
    /// The capture as a record batch over the same memory: nothing is copied but truth values (Arrow packs them into bits) and 128-bit numbers (text). Text is
    /// dictionary-encoded. The schema's metadata carries the capture's name, its losses and what addresses and times are.
    /// </summary>
    /// <remarks>The batch borrows: dispose of it or not, the columns stay theirs.</remarks>
    public static RecordBatch ToArrow(this Columns columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var arrays = columns.Select(ArrowArrays.Make).ToList();
        var schema = new Schema.Builder();
        for (var at = 0; at < columns.Count; at++)
        {
            var column = columns[at];
            var type = arrays[at].Data.DataType;
            schema.Field(field => field.Name(column.Name).DataType(type).Nullable(column.NullCount > 0));
        }

        foreach (var (key, value) in CaptureMetadata.Of(columns))
        {
            schema.Metadata(key, value);
        }

        return new RecordBatch(schema.Build(), arrays, columns.RowCount);
    }
}
