using System.Diagnostics;
using System.Globalization;

namespace BpfInteractive.Cli.Profiling;

/// <summary>A line on the terminal that says how far the sampling is; it goes away with the object.</summary>
internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(250);

    private readonly LiveProfile _live;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Timer? _timer;
    private readonly object _gate = new();
    private int _shown;
    private bool _isOver;

    internal Progress(LiveProfile live, bool isShown)
    {
        _live = live;
        _timer = isShown ? new Timer(_ => Show(), null, s_every, s_every) : null;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
            Console.Error.Write(_shown == 0 ? "" : $"\r{new string(' ', _shown)}\r");
        }
    }

    private void Show()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,6:0.0} s  {_live.SampleCount:N0} samples of {_live.ProcessCount:N0} processes");
        lock (_gate)
        {
            if (!_isOver)
            {
                Console.Error.Write($"\r{text.PadRight(_shown)}");
                _shown = text.Length;
            }
        }
    }
}
