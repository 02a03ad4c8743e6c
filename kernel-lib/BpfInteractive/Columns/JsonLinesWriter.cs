using System.Text.Encodings.Web;
using System.Text.Json;

namespace BpfInteractive;

/// <summary>
/// Writes captures as JSON, one object a row and a line. Addresses, flags in hex and integers beyond 2^53 are strings, so that no reader
/// rounds them; a missing value is null; a list is an array; bytes are hex.
/// </summary>
public sealed class JsonLinesWriter : IDisposable
{
    // The relaxed encoder escapes what JSON demands and leaves letters of other scripts readable; none of this is put into HTML unescaped.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _output;
    private readonly Utf8JsonWriter _json;

    /// <summary>Makes a writer on a stream, which stays the caller's to close.</summary>
    public JsonLinesWriter(Stream output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _json = new Utf8JsonWriter(output, s_options);
    }

    /// <summary>Writes the rows of a batch, and flushes them to the stream.</summary>
    public void Write(Columns batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var names = EncodeNames(batch);
        for (var row = 0; row < batch.RowCount; row++)
        {
            WriteRow(_json, batch, names, row);
            _json.Flush();
            _json.Reset();
            _output.WriteByte((byte)'\n');
        }

        _output.Flush();
    }

    /// <summary>Writes the rows of a capture as one JSON array, into a document that somebody else writes.</summary>
    public static void WriteArray(Utf8JsonWriter json, Columns columns)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(columns);
        var names = EncodeNames(columns);
        json.WriteStartArray();
        for (var row = 0; row < columns.RowCount; row++)
        {
            WriteRow(json, columns, names, row);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes losses as a JSON object of counts, <c>{"ring-full": 12}</c>, into a document that somebody else writes.</summary>
    public static void WriteLosses(Utf8JsonWriter json, Losses losses)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(losses);
        json.WriteStartObject();
        foreach (var loss in losses)
        {
            json.WriteNumber(loss.Name, loss.Count);
        }

        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private static JsonEncodedText[] EncodeNames(Columns columns) =>
        [.. columns.Select(column => JsonEncodedText.Encode(column.Name, s_options.Encoder))];

    private static void WriteRow(Utf8JsonWriter json, Columns columns, JsonEncodedText[] names, int row)
    {
        json.WriteStartObject();
        for (var at = 0; at < columns.Count; at++)
        {
            json.WritePropertyName(names[at]);
            columns[at].WriteJson(row, json);
        }

        json.WriteEndObject();
    }
}
