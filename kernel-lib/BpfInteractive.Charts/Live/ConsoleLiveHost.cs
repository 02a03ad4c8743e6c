namespace BpfInteractive.Charts;

/// <summary>Displays of a script: in place in a terminal; elsewhere the last frame alone.</summary>
internal sealed class ConsoleLiveHost : ILiveHost
{
    internal static readonly ConsoleLiveHost Instance = new();

    public bool IsWatched => !Console.IsOutputRedirected;

    public ILiveScreen Open(LiveDisplay display, LiveFrame first) => Console.IsOutputRedirected
        ? new LastFrameScreen(Console.Out.WriteLine)
        : new TerminalScreen(Console.Out, TerminalScreen.ConsoleWidth, first);
}

/// <summary>Tells the last frame.</summary>
internal sealed class LastFrameScreen(Action<string> writeLine) : ILiveScreen
{
    public void Update(LiveFrame frame)
    {
    }

    public void End(LiveFrame last) => writeLine(last.Text);
}
