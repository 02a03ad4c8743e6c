using System.Text;
using System.Text.Json;
using Apache.Arrow.Ipc;

namespace BpfInteractive.Analysis;

/// <summary>Captures in files, by the name's ending.</summary>
public static class CaptureFiles
{
    private static readonly Dictionary<string, Func<Columns, Stream, CancellationToken, Task>> s_writers = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = WriteCsvAsync,
        [".json"] = WriteJsonAsync,
        [".jsonl"] = WriteJsonLinesAsync,
        [".ndjson"] = WriteJsonLinesAsync,
        [".parquet"] = (columns, stream, token) => columns.WriteParquetAsync(stream, token),
        [".arrow"] = WriteArrowAsync,
        [".txt"] = WriteTableAsync,
    };

    /// <summary>
    /// Writes the capture to a file: <c>.csv</c>, <c>.json</c>, <c>.jsonl</c>, <c>.parquet</c>, <c>.arrow</c> (an IPC file) or <c>.txt</c> (a table). The file is whole or is not there. Parquet, Arrow,
    /// JSON and the table carry the losses; for CSV and JSON lines, which have no place for them, they are reported to the <see cref="BpfScope"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The name's ending is none of these.</exception>
    public static async Task SaveAsync(this Columns columns, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var ending = Path.GetExtension(path);
        if (!s_writers.TryGetValue(ending, out var write))
        {
            throw new ArgumentException($"cannot tell a format from '{path}': it should end in {string.Join(", ", s_writers.Keys)}", nameof(path));
        }

        var token = cancellationToken.CanBeCanceled ? cancellationToken : BpfScope.Current.CancellationToken;
        await WholeFile.WriteAsync(path, stream => write(columns, stream, token)).ConfigureAwait(false);
        if (!columns.Losses.IsEmpty && ending.ToUpperInvariant() is ".CSV" or ".JSONL" or ".NDJSON")
        {
            BpfScope.Current.Report($"{path}: {columns.Losses}");
        }
    }

    /// <summary>Writes the capture to a file, and waits until it is there; see <see cref="SaveAsync"/>.</summary>
    public static void Save(this Columns columns, string path) =>
        Task.Run(() => columns.SaveAsync(path)).GetAwaiter().GetResult(); // off the caller\'s thread: a cell\'s is the one that Parquet.Net would come back to

    /// <summary>
    /// Writes the capture as one JSON document: <c>schema</c> (1), <c>name</c>, <c>losses</c>, <c>rows</c>. Addresses and integers beyond 2^53 are strings.
    /// </summary>
    public static void WriteJson(this Columns columns, Stream output)
    {
        ArgumentNullException.ThrowIfNull(columns);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("schema", CaptureMetadata.SchemaVersion);
        json.WriteString("name", columns.Name);
        json.WritePropertyName("losses");
        CaptureMetadata.WriteLosses(json, columns.Losses);
        json.WritePropertyName("rows");
        JsonLinesWriter.WriteArray(json, columns);
        json.WriteEndObject();
    }

    /// <summary>The capture as one JSON document; see <see cref="WriteJson"/>.</summary>
    public static string ToJson(this Columns columns)
    {
        using var output = new MemoryStream();
        columns.WriteJson(output);
        return System.Text.Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length);
    }

    private static Task WriteJsonAsync(Columns columns, Stream output, CancellationToken cancellationToken) =>
        Task.Run(() => columns.WriteJson(output), cancellationToken);

    private static Task WriteJsonLinesAsync(Columns columns, Stream output, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var writer = new JsonLinesWriter(output);
            writer.Write(columns);
        },
        cancellationToken);

    private static Task WriteCsvAsync(Columns columns, Stream output, CancellationToken cancellationToken) =>
        Text(output, text => new CsvWriter(text).Write(columns), cancellationToken);

    private static Task WriteTableAsync(Columns columns, Stream output, CancellationToken cancellationToken) =>
        Text(output, text => text.Write(columns.ToTable()), cancellationToken);

    private static async Task WriteArrowAsync(Columns columns, Stream output, CancellationToken cancellationToken)
    {
        using var batch = columns.ToArrow();
        using var writer = new ArrowFileWriter(output, batch.Schema, leaveOpen: true);
        await writer.WriteRecordBatchAsync(batch, cancellationToken).ConfigureAwait(false);
        await writer.WriteEndAsync(cancellationToken).ConfigureAwait(false);
    }

    private static Task Text(Stream output, Action<TextWriter> write, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
            write(text);
        },
        cancellationToken);
}
