using System.Text;
using System.Text.Json;
using BpfInteractive.Cli.Output;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive.Cli.Tracing;

/// <summary>
/// Rows to standard output in the format asked for; counts and losses, kept meanwhile, to standard error at the end. When nobody reads standard
/// output any more (<c>| head</c>) nothing more is written and <see cref="Closed"/> ends the run. Thread-safe: each batch is written whole.
/// </summary>
internal sealed class TraceOutput : IDisposable
{
    private const int Schema = 1;

    private readonly object _gate = new();
    private readonly string _format;
    private readonly Stream _stream;
    private readonly StreamWriter _text;
    private readonly CancellationTokenSource _closed = new();
    private readonly Dictionary<string, Action<Columns>> _writers = [];
    private readonly JsonLinesWriter _json;
    private Losses _losses = Losses.None;
    private long _events;
    private bool _isClosed;

    internal TraceOutput(string format)
    {
        _format = format;

        // Console's own stream swallows EPIPE, and the run would go on for nobody.
        _stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        _text = new StreamWriter(_stream, new UTF8Encoding(false), 64 * 1024) { NewLine = "\n" };
        _json = new JsonLinesWriter(_stream);
    }

    /// <summary>Cancelled when nobody reads any more.</summary>
    internal CancellationToken Closed => _closed.Token;

    public void Dispose()
    {
        _json.Dispose();
        _closed.Dispose();
    }

    /// <summary>Writes a batch of a ring or perf buffer.</summary>
    internal void WriteEvents(RecordBuffer buffer, Columns batch)
    {
        lock (_gate)
        {
            _events += batch.RowCount;
            _losses = _losses.Plus(batch.Losses);
            if (batch.RowCount > 0)
            {
                Guard(() => WriterOf(buffer.Name)(batch));
            }
        }
    }

    /// <summary>Writes what a map held at the end.</summary>
    /// <param name="rows">The rows to show, in their order.</param>
    /// <param name="title">What they are: "counts: 12 entries".</param>
    /// <param name="rest">What is not shown, or null.</param>
    internal void WriteMap(Columns rows, string title, string? rest)
    {
        lock (_gate)
        {
            _losses = _losses.Plus(rows.Losses);
            Guard(() =>
            {
                if (_format == "json")
                {
                    _json.Write(Named(rows));
                    return;
                }

                if (_writers.Count > 0)
                {
                    _text.WriteLine();
                }

                WriteTitled(rows, title, rest);
            });
        }
    }

    /// <summary>What a map's program could not put into it.</summary>
    internal void AddLoss(Loss loss)
    {
        lock (_gate)
        {
            _losses = _losses.Plus(loss);
        }
    }

    internal void Complete(TimeSpan elapsed)
    {
        if (_format == "json")
        {
            Guard(WriteJsonEnd);
        }

        Console.Error.WriteLine(FormattableString.Invariant($"bpfi: {_events:N0} events in {elapsed.TotalSeconds:0.0} s{(_losses.IsEmpty ? ", none lost" : "")}"));
        foreach (var loss in _losses)
        {
            Console.Error.WriteLine($"bpfi: lost: {loss}");
        }
    }

    private void WriteTitled(Columns rows, string title, string? rest)
    {
        if (_format == "csv")
        {
            new CsvWriter(_text).Write(rows);
        }
        else
        {
            _text.WriteLine(title);
            new TableWriter(_text, Widest(rows)).Write(rows);
            if (rest is not null)
            {
                _text.WriteLine(rest);
            }
        }

        _text.Flush();
        _writers.TryAdd(title, static _ => { });
    }

    private Action<Columns> WriterOf(string buffer)
    {
        if (_format != "json" && _writers.Count > 0 && !_writers.ContainsKey(buffer))
        {
            _text.WriteLine();
        }

        if (_writers.TryGetValue(buffer, out var writer))
        {
            return writer;
        }

        return _writers[buffer] = _format switch
        {
            "json" => batch => _json.Write(Named(batch)),
            "csv" => Flushed(new CsvWriter(_text).Write),
            _ => Table(),
        };
    }

    private Action<Columns> Table()
    {
        TableWriter? table = null;
        return Flushed(batch =>
        {
            table ??= new TableWriter(_text, Widest(batch));
            table.Write(batch);
        });
    }

    private Action<Columns> Flushed(Action<Columns> write) => batch =>
    {
        write(batch);
        _text.Flush();
    };

    // The widest column gets what the others leave of the line; into a file or pipe all is written.
    private static int Widest(Columns batch)
    {
        const int unlimited = 4096, least = 24;
        if (Console.IsOutputRedirected)
        {
            return unlimited;
        }

        var widths = batch.Select(WidthOf).ToList();
        return Math.Max(least, Terminal.Width - (widths.Sum() - widths.Max()) - (2 * (widths.Count - 1)));
    }

    private static int WidthOf(Column column)
    {
        var width = column.Name.Length;
        for (var row = 0; row < Math.Min(column.Count, 1000); row++)
        {
            width = Math.Max(width, column.FormatValue(row).Length);
        }

        return width;
    }

    // In JSON each row says which map it comes from.
    private static Columns Named(Columns rows)
    {
        var names = new TextColumnBuilder("map");
        for (var row = 0; row < rows.RowCount; row++)
        {
            names.Append(rows.Name);
        }

        return new Columns(rows.Name, rows.Where(column => column.Name != "map").Prepend(names.ToColumn()), rows.Losses);
    }

    private void WriteJsonEnd()
    {
        using (var json = new Utf8JsonWriter(_stream))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteNumber("events", _events);
            json.WritePropertyName("losses");
            JsonLinesWriter.WriteLosses(json, _losses);
            json.WriteEndObject();
        }

        _stream.WriteByte((byte)'\n');
    }

    // A broken pipe is the reader's way of saying enough; what is left in the buffer is nobody's.
    private void Guard(Action write)
    {
        if (_isClosed)
        {
            return;
        }

        try
        {
            write();
        }
        catch (IOException)
        {
            _isClosed = true;
            _closed.Cancel();
        }
    }
}
