using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Data.Analysis;
using Plotly.NET;

namespace BpfInteractive.Charts;

/// <summary>
/// Captures, frames and charts as a notebook's page shows them, and live displays on it: for hosts that this project does not know. Each form is HTML with plain text for where
/// there is none. Thread-safe.
/// </summary>
public static class NotebookForms
{
    private static int s_hasScript;

    /// <summary>A capture as a table: types, numbers flush right, sizes and times as people read them, the first and the last rows, what was lost under it.</summary>
    /// <param name="capture">The capture.</param>
    public static (string Html, string Text) Of(Columns capture)
    {
        ArgumentNullException.ThrowIfNull(capture);
        return CaptureTable.Of(capture);
    }

    /// <summary>A frame as a table, in the same way.</summary>
    /// <param name="frame">The frame.</param>
    public static (string Html, string Text) Of(DataFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FrameTable.Of(frame);
    }

    /// <summary>A chart. The first one of a process brings plotly.js (3.6 MB) to its page, so that no network is needed; the later ones wait for it.</summary>
    /// <param name="chart">The chart.</param>
    public static (string Html, string Text) Of(GenericChart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var (_, html, text) = ChartMarkup.Of(chart, bringsScript: Interlocked.Exchange(ref s_hasScript, 1) == 0);
        return (html, text);
    }

    /// <summary>An object by its own text.</summary>
    /// <param name="value">The object.</param>
    public static (string Html, string Text) OfText(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = value.ToString() ?? "";
        return ($"<pre>{WebUtility.HtmlEncode(text)}</pre>", text);
    }

    /// <summary>
    /// The public types of a library that say in a text of their own what they are, for <see cref="OfText"/>: hosts that show an object by its members, and theirs, would read the maps
    /// of a BPF object to show its name.
    /// </summary>
    /// <param name="library">A library of this project.</param>
    public static IReadOnlyList<Type> TypesWithText(Assembly library)
    {
        ArgumentNullException.ThrowIfNull(library);
        return [.. library.GetExportedTypes().Where(type => !type.IsInterface && type.GetMethod(nameof(ToString), Type.EmptyTypes) is { } text
            && text.DeclaringType == type && !text.IsDefined(typeof(CompilerGeneratedAttribute)))]; // a record's own text lists its members too
    }

    /// <summary>
    /// A place for live displays on a page, for <see cref="Live.SetHost"/>. Each has two outputs: its picture, and an empty one whose updates are scripts that change the picture in
    /// its place.
    /// </summary>
    /// <param name="show">Shows them; called by one thread at a time.</param>
    /// <param name="canUpdateLater">Whether what a cell showed can be changed when the cell has ended; without, a display of the background stands still on its first frame.</param>
    /// <param name="interrupt">Ends the displays; that of the cell that shows them.</param>
    public static ILiveHost LiveHost(LivePageSink show, bool canUpdateLater, CancellationToken interrupt = default)
    {
        ArgumentNullException.ThrowIfNull(show);
        return new Host(show, canUpdateLater, interrupt);
    }

    private sealed class Host(LivePageSink show, bool canUpdateLater, CancellationToken interrupt) : ILiveHost
    {
        public bool IsWatched => true;

        public ILiveScreen Open(LiveDisplay display, LiveFrame first)
        {
            ILiveScreen screen = display.IsBackground && !canUpdateLater ? new StillScreen(display, first, show) : new LivePage(display, first, show);
            var stop = interrupt.Register(display.Stop);
            display.Ended.ContinueWith(_ => stop.Unregister(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return screen;
        }
    }

    private sealed class StillScreen : ILiveScreen
    {
        internal StillScreen(LiveDisplay display, LiveFrame first, LivePageSink show)
        {
            show(LivePage.Still(first), display.Id, false);
            const string Why = "This host drops what changes after a cell has ended: the picture stands still. Show(...) keeps the cell running.";
            show(new Dictionary<string, string> { ["text/plain"] = Why, ["text/html"] = $"<p>{Why}</p>" }, display.Id + "-why", false);
        }

        public void Update(LiveFrame frame)
        {
        }

        public void End(LiveFrame last)
        {
        }
    }
}
