using System.Runtime.CompilerServices;
using Microsoft.Data.Analysis;

namespace BpfInteractive.Analysis;

/// <summary>Captures as DataFrames of Microsoft.Data.Analysis.</summary>
public static class DataFrames
{
    private static readonly ConditionalWeakTable<DataFrameColumn, object> s_formats = [];
    private static readonly ConditionalWeakTable<DataFrame, Losses> s_losses = [];

    /// <summary>
    /// The capture as a DataFrame. Numbers share the capture's memory (a million rows take well under a millisecond) until the frame writes to them; text becomes strings, addresses stay
    /// <see cref="ulong"/> (<see cref="FormatOf"/> knows them), bytes become hex, 128-bit numbers text.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are more rows than <see cref="DataFrameOptions.MaxRows"/>.</exception>
    public static DataFrame ToDataFrame(this Columns columns, DataFrameOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        options ??= DataFrameOptions.Default;
        if (columns.RowCount > options.MaxRows)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"'{columns.Name}' has {columns.RowCount:N0} rows and a DataFrame takes at most {options.MaxRows:N0}: take a part (Slice, Select), raise DataFrameOptions.MaxRows, or save to Parquet and query that"));
        }

        var frame = new DataFrame(columns
            .Where(column => column is not ListColumn || options.Lists != ListForm.Omit)
            .Select(column => WithFormat(FrameColumns.Make(column, options.Lists), column.Format)));
        if (!columns.Losses.IsEmpty)
        {
            s_losses.Add(frame, columns.Losses);
        }

        return frame;
    }

    /// <summary>The mappings of an address space as a DataFrame.</summary>
    /// <inheritdoc cref="ToDataFrame(Columns, DataFrameOptions?)"/>
    public static DataFrame ToDataFrame(this VmaSnapshot snapshot, DataFrameOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return snapshot.Columns.ToDataFrame(options);
    }

    /// <summary>
    /// A frame as columns again: what a grouping or a join gave can be shown as a table, drawn and saved. Columns of kinds that a capture does not have (dates) become text. The frame's rows
    /// are copied.
    /// </summary>
    /// <param name="frame">The frame.</param>
    /// <param name="name">What the rows are.</param>
    public static Columns ToColumns(this DataFrame frame, string name = "frame")
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new Columns(name, frame.Columns.Select(FrameReader.Read), frame.LossesOf());
    }

    /// <summary>What the numbers of a column mean, if it came from <see cref="ToDataFrame(Columns, DataFrameOptions?)"/>; a column computed from it is plain.</summary>
    public static ColumnFormat FormatOf(this DataFrameColumn column) => s_formats.TryGetValue(column, out var format) ? (ColumnFormat)format : ColumnFormat.None;

    /// <summary>What the capture missed that a frame was made of; nothing for frames computed from it.</summary>
    public static Losses LossesOf(this DataFrame frame) => s_losses.TryGetValue(frame, out var losses) ? losses : Losses.None;

    private static DataFrameColumn WithFormat(DataFrameColumn made, ColumnFormat format)
    {
        if (format != ColumnFormat.None)
        {
            s_formats.Add(made, format);
        }

        return made;
    }
}
