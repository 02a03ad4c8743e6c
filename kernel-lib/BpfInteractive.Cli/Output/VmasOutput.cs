using System.Text.Json;

namespace BpfInteractive.Cli.Output;

/// <summary>
/// Writes a snapshot, or the comparison of the engines, in a format. JSON is schema 1: { schema, pid, process, state, engine, one_moment, seen,
/// kernel_ns, unknown: [], notes: [], vmas: [ {start, end, ...} ] }; for the comparison { schema, engines: [] }. Addresses are strings. The libraries behind Parquet and HTML are touched by classes of
/// their own, so that they are loaded only when asked for.
/// </summary>
internal sealed class VmasOutput(string format, string? path)
{
    private const int Schema = 1;
    private static readonly string[] s_tableColumns = ["start", "end", "perms", "offset", "dev", "inode", "path", "kind"];

    internal Task WriteAsync(VmaSnapshot snapshot) => format switch
    {
        "csv" => WriteTextAsync(text => new CsvWriter(text).Write(snapshot.ProcColumns)),
        "json" => WriteBytesAsync(stream => WriteJson(stream, json => WriteFacts(json, snapshot))),
        "table" => WriteTextAsync(text => WriteTable(text, snapshot)),
        "html" => VmasPage.WriteAsync(snapshot, path),
        _ => ParquetOutput.WriteAsync(new Columns(snapshot.ToString(), snapshot.Columns, snapshot.Columns.Losses), path),
    };

    internal Task WriteAsync(Columns engines) => format switch
    {
        "csv" => WriteTextAsync(text => new CsvWriter(text).Write(engines)),
        "json" => WriteBytesAsync(stream => WriteJson(stream, json =>
        {
            json.WritePropertyName("engines");
            JsonLinesWriter.WriteArray(json, engines);
        })),
        "table" => WriteTextAsync(text => WriteEngines(text, engines)),
        "html" => VmasPage.WriteAsync(engines, path),
        _ => ParquetOutput.WriteAsync(engines, path),
    };

    private static void WriteTable(TextWriter text, VmaSnapshot snapshot)
    {
        text.Write(snapshot.ProcColumns.Select(s_tableColumns).ToTable());
        var taking = snapshot.Taking;
        text.WriteLine(FormattableString.Invariant(
            $"{snapshot}, {(taking.OneMoment ? "at one moment" : "not all at one moment")}, {taking.KernelTime.TotalMicroseconds:N0} us in the kernel"));
    }

    // What an engine cannot know is a sentence or two: below the table, not in it.
    private static void WriteEngines(TextWriter text, Columns engines)
    {
        text.Write(engines.Select(engines.Select(column => column.Name).Where(name => name is not ("process" or "cannot_know"))).ToTable());
        text.WriteLine("\nWhat each cannot know:");
        for (var row = 0; row < engines.RowCount; row++)
        {
            text.WriteLine($"  {engines.Text("engine")[row],-14} {engines.Text("cannot_know")[row]}");
        }
    }

    private static void WriteFacts(Utf8JsonWriter json, VmaSnapshot snapshot)
    {
        var (process, taking) = (snapshot.Process, snapshot.Taking);
        json.WriteNumber("pid", process.Pid);
        json.WriteString("process", process.Name);
        json.WriteString("state", JsonNamingPolicy.KebabCaseLower.ConvertName(process.State.ToString()));
        json.WriteString("engine", VmaEngines.NameOf(snapshot.Engine));
        json.WriteBoolean("one_moment", taking.OneMoment);
        json.WriteNumber("seen", taking.Seen);
        json.WriteNumber("kernel_ns", (long)taking.KernelTime.TotalNanoseconds);
        WriteTexts(json, "unknown", taking.Unknown);
        WriteTexts(json, "notes", taking.Notes);
        json.WritePropertyName("vmas");
        JsonLinesWriter.WriteArray(json, snapshot.Columns);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteJson(Stream stream, Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            write(json);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    private Task WriteTextAsync(Action<TextWriter> write) => WriteBytesAsync(stream =>
    {
        using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        write(text);
    });

    // Gathered first, so that a failure half way leaves no half table on the pipe.
    private async Task WriteBytesAsync(Action<Stream> write)
    {
        using var gathered = new MemoryStream();
        write(gathered);
        await OutputFile.WriteAsync(gathered, path).ConfigureAwait(false);
    }
}
