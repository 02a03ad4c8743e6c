using System.Globalization;

namespace BpfInteractive.Charts;

/// <summary>
/// Displays that change while one looks: <c>await calls.Show(c =&gt; LivePicture.Rate("calls", c.Globals.seen))</c>. The picture is drawn anew two to ten times a second in its place;
/// what stays in a notebook is the last frame.
/// </summary>
/// <remarks>
/// <c>Show</c> goes on until its time is over, <see cref="LiveDisplay.Stop"/> or the interrupt of the cell; <c>ShowInBackground</c> returns at once, and four may go on beside each
/// other. Where nobody watches (a notebook that is run from start to end, output to a file), each ends after <see cref="UnwatchedTime"/> at the latest, unless told otherwise by
/// its <c>until</c>.
/// </remarks>
public static class Live
{
    /// <summary>How many displays go on in the background at most.</summary>
    public const int MostInBackground = 4;

    /// <summary>The target of the comm by which a page's stop button reaches the process; its data is the display's id, which <see cref="Stop"/> takes.</summary>
    public const string StopTarget = "bpfi-live";

    private static readonly List<LiveDisplay> s_running = [];
    private static Func<ILiveHost?>? s_host;

    /// <summary>How long a display goes on where nobody watches; ten seconds, or the seconds that the environment's BPFI_LIVE_SECONDS says.</summary>
    public static TimeSpan UnwatchedTime { get; set; } =
        double.TryParse(Environment.GetEnvironmentVariable("BPFI_LIVE_SECONDS"), CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e6 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromSeconds(10);

    /// <summary>The displays that go on now, oldest first.</summary>
    public static IReadOnlyList<LiveDisplay> Running
    {
        get
        {
            lock (s_running)
            {
                return [.. s_running];
            }
        }
    }

    /// <summary>Says where displays are shown. A host for notebooks sets it once.</summary>
    /// <param name="hostOfCaller">Gives the place of the code that runs now; null for the terminal.</param>
    public static void SetHost(Func<ILiveHost?> hostOfCaller) => s_host = hostOfCaller;

    /// <summary>Shows what a source holds, until the time is over, the display is stopped or the cell interrupted.</summary>
    /// <param name="source">What is looked at: a BPF cell, a map, a process.</param>
    /// <param name="draw">The picture of this moment. Called on the caller's thread.</param>
    /// <param name="every">The time between two frames, 100 ms to a minute; half a second unless told.</param>
    /// <param name="until">How long; without it until stopped.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>, after the last frame; without one the running cell's.</param>
    public static Task Show<T>(this T source, Func<T, LivePicture> draw, TimeSpan? every = null, TimeSpan? until = null, CancellationToken cancellationToken = default)
        where T : class => Show(() => draw(source), every, until, cancellationToken);

    /// <summary>Shows what is sampled, while it is.</summary>
    /// <inheritdoc cref="Show{T}"/>
    public static Task Show(this LiveProfile source, Func<Profile, LivePicture> draw, TimeSpan? every = null, TimeSpan? until = null, CancellationToken cancellationToken = default) =>
        Show(() => draw(source.Snapshot()), every, until, cancellationToken);

    /// <summary>Shows the records of a ring buffer as they come: the picture is drawn of the last of them. The display is the buffer's one reader.</summary>
    /// <param name="source">The buffer.</param>
    /// <param name="draw">The picture of the rows kept.</param>
    /// <param name="every">The time between two frames.</param>
    /// <param name="until">How long; without it until stopped.</param>
    /// <param name="keep">How many rows are kept; older ones go.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static Task Show(
        this RecordBuffer source, Func<Columns, LivePicture> draw, TimeSpan? every = null, TimeSpan? until = null, int keep = 100_000, CancellationToken cancellationToken = default) =>
        Show(new LiveRecords(source, draw, keep).Draw, every, until, cancellationToken);

    /// <summary>Shows a picture that is drawn anew, until the time is over, the display is stopped or the cell interrupted.</summary>
    /// <inheritdoc cref="Show{T}"/>
    public static Task Show(Func<LivePicture> draw, TimeSpan? every = null, TimeSpan? until = null, CancellationToken cancellationToken = default) =>
        Make(draw, every, until, isBackground: false).RunAsync(cancellationToken.CanBeCanceled ? cancellationToken : BpfScope.Current.CancellationToken);

    /// <summary>Shows what a source holds, beside the cells that run.</summary>
    /// <param name="source">What is looked at.</param>
    /// <param name="draw">The picture of this moment. Called on a thread of the pool.</param>
    /// <param name="every">The time between two frames, 100 ms to a minute; half a second unless told.</param>
    /// <param name="until">How long; without it until stopped.</param>
    /// <returns>By which it is stopped.</returns>
    /// <exception cref="InvalidOperationException">Four displays go on in the background.</exception>
    public static LiveDisplay ShowInBackground<T>(this T source, Func<T, LivePicture> draw, TimeSpan? every = null, TimeSpan? until = null)
        where T : class => ShowInBackground(() => draw(source), every, until);

    /// <summary>Shows what is sampled, beside the cells that run.</summary>
    /// <inheritdoc cref="ShowInBackground{T}"/>
    public static LiveDisplay ShowInBackground(this LiveProfile source, Func<Profile, LivePicture> draw, TimeSpan? every = null, TimeSpan? until = null) =>
        ShowInBackground(() => draw(source.Snapshot()), every, until);

    /// <summary>Shows a picture that is drawn anew, beside the cells that run.</summary>
    /// <inheritdoc cref="ShowInBackground{T}"/>
    public static LiveDisplay ShowInBackground(Func<LivePicture> draw, TimeSpan? every = null, TimeSpan? until = null)
    {
        var display = Make(draw, every, until, isBackground: true);
        _ = Task.Run(() => display.RunAsync(CancellationToken.None));
        return display;
    }

    /// <summary>Stops a display of the background or the foreground by its id, as a page's stop button does.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool Stop(string id)
    {
        var display = Running.FirstOrDefault(display => display.Id == id);
        display?.Stop();
        return display is not null;
    }

    /// <summary>Ends displays, and waits until their last frames are shown.</summary>
    internal static async Task StopAsync(Func<LiveDisplay, bool> which)
    {
        var displays = Running.Where(which).ToList();
        displays.ForEach(display => display.Stop());
        await Task.WhenAll(displays.Select(display => display.Ended)).ConfigureAwait(false);
    }

    internal static void Remove(LiveDisplay display)
    {
        lock (s_running)
        {
            s_running.Remove(display);
        }
    }

    private static LiveDisplay Make(Func<LivePicture> draw, TimeSpan? every, TimeSpan? until, bool isBackground)
    {
        ArgumentNullException.ThrowIfNull(draw);
        var interval = every ?? TimeSpan.FromMilliseconds(500);
        if (interval < TimeSpan.FromMilliseconds(100) || interval > TimeSpan.FromMinutes(1))
        {
            throw new ArgumentOutOfRangeException(nameof(every), interval, "a display is drawn at most ten times a second and at least once a minute");
        }

        var host = s_host?.Invoke() ?? ConsoleLiveHost.Instance;
        var display = new LiveDisplay(draw, interval, until ?? (host.IsWatched ? null : UnwatchedTime), host, isBackground);
        lock (s_running)
        {
            var others = s_running.Where(other => other.IsBackground).ToList();
            if (isBackground && others.Count >= MostInBackground)
            {
                throw new InvalidOperationException($"{MostInBackground} displays go on in the background already ({string.Join(", ", others.Select(other => other.Title))}): stop one by its Stop()");
            }

            s_running.Add(display);
        }

        return display;
    }
}
