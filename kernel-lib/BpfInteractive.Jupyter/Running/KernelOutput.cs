using System.Text;
using System.Text.Json;
using BpfInteractive.Scripting;

namespace BpfInteractive.Jupyter;

/// <summary>
/// What one cell shows, as messages to all clients. Text is collected for some milliseconds, so that a loop that prints makes few messages of many lines; whatever else is
/// shown comes after the text before it. Thread-safe.
/// </summary>
internal sealed class KernelOutput : ICellOutput, IDisposable
{
    private const int MostCharacters = 64 << 10;
    private static readonly TimeSpan s_collecting = TimeSpan.FromMilliseconds(15);

    private readonly Request _request;
    private readonly KernelChannels _channels;
    private readonly ExecuteRequest _execute;
    private readonly PlotlyPage _plotly;
    private readonly StringBuilder _text = new();
    private readonly List<MimeBundle> _pages = [];
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private CellStream _stream;

    internal KernelOutput(Request request, KernelChannels channels, ExecuteRequest execute, PlotlyPage plotly)
    {
        (_request, _channels, _execute, _plotly) = (request, channels, execute, plotly);
        _timer = new Timer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The number of the cell, which its result carries.</summary>
    internal int ExecutionCount { get; init; }

    /// <summary>The cell's result as plain text; null while it has none.</summary>
    internal string? ResultText { get; private set; }

    /// <summary>The texts that the cell wants shown beside the notebook.</summary>
    internal IReadOnlyList<MimeBundle> Pages
    {
        get
        {
            lock (_lock)
            {
                return [.. _pages];
            }
        }
    }

    public void Dispose()
    {
        Flush();
        _timer.Dispose();
    }

    public void Write(CellStream stream, string text)
    {
        lock (_lock)
        {
            if (stream != _stream)
            {
                FlushLocked();
                _stream = stream;
            }

            if (_text.Length == 0)
            {
                // After the cell's end the timer is gone, and what its threads still write goes out at once.
                if (!TryStartTimer())
                {
                    _text.Append(text);
                    FlushLocked();
                    return;
                }
            }

            _text.Append(text);
            if (_text.Length >= MostCharacters)
            {
                FlushLocked();
            }
        }
    }

    public void Result(MimeBundle bundle)
    {
        ResultText = bundle.PlainText;
        Show("execute_result", json =>
        {
            json.WriteNumber("execution_count", ExecutionCount);
            json.WriteBundle(bundle);
        });
    }

    public void Display(MimeBundle bundle, string displayId, bool isUpdate) => Show(isUpdate ? "update_display_data" : "display_data", json =>
    {
        json.WriteBundle(bundle);
        json.WriteStartObject("transient");
        json.WriteString("display_id", displayId);
        json.WriteEndObject();
    });

    public void Clear(bool wait) => Show("clear_output", json => json.WriteBoolean("wait", wait));

    public void Page(MimeBundle bundle)
    {
        lock (_lock)
        {
            _pages.Add(bundle);
        }
    }

    public string? ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken)
    {
        if (!_execute.AllowStdin)
        {
            throw new InvalidOperationException("the front end has nobody to ask: it runs cells without a person, or does not allow input");
        }

        Flush();
        return _channels.Stdin.Ask(_request, prompt, isPassword, cancellationToken);
    }

    public bool NeedsPlotly() => _plotly.TakeFirst();

    /// <summary>What runs notebooks from start to end (nbconvert, nbclient) says that nobody can be asked.</summary>
    public bool IsWatched => _execute.AllowStdin;

    /// <summary>Without a person the picture that stays is all: no second display for the frames in between.</summary>
    public CellLiveForm LiveForm => IsWatched ? CellLiveForm.Page : CellLiveForm.LastOnly;

    /// <summary>Tells why the cell failed.</summary>
    internal void Error(string name, string message, IEnumerable<string> lines) => Show("error", json => json.WriteError(name, message, lines));

    /// <summary>Sends the text that was collected.</summary>
    internal void Flush()
    {
        lock (_lock)
        {
            FlushLocked();
        }
    }

    private void Show(string type, Action<Utf8JsonWriter> content)
    {
        lock (_lock)
        {
            FlushLocked();
            Publish(type, content);
        }
    }

    private void FlushLocked()
    {
        if (_text.Length == 0)
        {
            return;
        }

        var text = _text.ToString();
        _text.Clear();
        Publish("stream", json =>
        {
            json.WriteString("name", _stream == CellStream.Output ? "stdout" : "stderr");
            json.WriteString("text", text);
        });
    }

    private void Publish(string type, Action<Utf8JsonWriter> content)
    {
        if (!_execute.IsSilent)
        {
            _request.Publish(type, content, mayWait: true);
        }
    }

    private bool TryStartTimer()
    {
        try
        {
            return _timer.Change(s_collecting, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }
}

/// <summary>Whether plotly.js has been sent: one notebook page needs it once, and one that a Jupyter server shows fetches it from there. Thread-safe.</summary>
internal sealed class PlotlyPage
{
    private int _taken = JupyterPage.HasServer ? 1 : 0;

    internal bool TakeFirst() => Interlocked.Exchange(ref _taken, 1) == 0;
}
