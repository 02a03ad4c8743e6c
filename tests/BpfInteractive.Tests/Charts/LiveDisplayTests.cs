using BpfInteractive.Charts;

namespace BpfInteractive.Tests.Charts;

/// <summary>When live displays draw, and how they end.</summary>
public sealed class LiveDisplayTests
{
    private static readonly TimeSpan s_often = TimeSpan.FromMilliseconds(100);
    private static readonly AsyncLocal<ILiveHost?> s_host = new();

    private readonly RecordingHost _host = new();

    static LiveDisplayTests() => Live.SetHost(() => s_host.Value);

    public LiveDisplayTests() => s_host.Value = _host;

    [Fact]
    public async Task Show_goes_on_until_its_time_is_over_and_ends_with_a_frame_that_says_so()
    {
        var source = new List<int>();
        await source.Show(
            counted =>
            {
                counted.Add(counted.Count);
                return LivePicture.Counter("calls", counted.Count);
            },
            s_often,
            TimeSpan.FromMilliseconds(350));
        Assert.InRange(_host.Frames.Count, 2, 6);
        Assert.Matches(@"\(ended after 0\.\d s\)$", _host.Last!.Text);
        Assert.DoesNotContain(Live.Running, display => display.Host == _host);
    }

    [Fact]
    public async Task A_stop_ends_it_and_an_interrupt_ends_it_with_its_last_frame_and_the_cancellation()
    {
        var shown = Live.Show(() => LivePicture.Counter("calls", 1), s_often, cancellationToken: TestContext.Current.CancellationToken);
        var display = Live.Running.Single(display => display.Host == _host);
        Assert.True(Live.Stop(display.Id));
        await shown;
        Assert.Contains("(stopped after", _host.Last!.Text, StringComparison.Ordinal);
        Assert.False(Live.Stop(display.Id));

        using var interrupt = new CancellationTokenSource();
        using (new BpfScope("cell 1", cancellationToken: interrupt.Token).Enter())
        {
            shown = Live.Show(() => LivePicture.Counter("calls", 1), s_often);
        }

        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shown);
        Assert.Contains("(interrupted after", _host.Last!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_watches_it_ends_by_itself()
    {
        _host.IsWatched = false;
        var before = Live.UnwatchedTime;
        Live.UnwatchedTime = TimeSpan.FromMilliseconds(200);
        try
        {
            await Live.Show(() => LivePicture.Counter("calls", 1), s_often, cancellationToken: TestContext.Current.CancellationToken);
        }
        finally
        {
            Live.UnwatchedTime = before;
        }

        Assert.Contains("(ended after", _host.Last!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Four_go_on_in_the_background_and_a_fifth_is_refused()
    {
        var displays = Enumerable.Range(1, Live.MostInBackground).Select(at => Live.ShowInBackground(() => LivePicture.Counter($"number {at}", at), s_often)).ToList();
        try
        {
            var refused = Assert.Throws<InvalidOperationException>(() => Live.ShowInBackground(() => LivePicture.Counter("one more", 0)));
            Assert.Contains("4 displays go on in the background already", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            displays.ForEach(display => display.Stop());
            await Task.WhenAll(displays.Select(display => display.Ended));
        }

        var later = Live.ShowInBackground(() => LivePicture.Counter("later", 0), s_often);
        later.Stop();
        await later.Ended;
        Assert.Equal("later: ended", later.ToString());
    }

    [Fact]
    public async Task A_drawing_that_throws_ends_the_display_and_keeps_the_last_frame()
    {
        var frames = 0;
        LivePicture Draw() => ++frames < 3 ? LivePicture.Counter("calls", frames) : throw new FormatException("odd");
        await Assert.ThrowsAsync<FormatException>(() => Live.Show(Draw, s_often, cancellationToken: TestContext.Current.CancellationToken));
        Assert.EndsWith("(ended: odd)", _host.Last!.Text, StringComparison.Ordinal);

        frames = 0;
        var told = new List<string>();
        using (new BpfScope("cell 1", told.Add).Enter())
        {
            await Live.ShowInBackground(Draw, s_often).Ended;
        }

        Assert.Equal(["calls: ended: odd"], told);
    }

    [Fact]
    public void More_than_ten_updates_a_second_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Live.ShowInBackground(() => LivePicture.Counter("calls", 0), TimeSpan.FromMilliseconds(50)));

    private sealed class RecordingHost : ILiveHost, ILiveScreen
    {
        public bool IsWatched { get; set; } = true;

        internal List<LiveFrame> Frames { get; } = [];

        internal LiveFrame? Last { get; private set; }

        public ILiveScreen Open(LiveDisplay display, LiveFrame first)
        {
            Update(first);
            return this;
        }

        public void Update(LiveFrame frame)
        {
            lock (Frames)
            {
                Frames.Add(frame);
            }
        }

        public void End(LiveFrame last) => Last = last;
    }
}
