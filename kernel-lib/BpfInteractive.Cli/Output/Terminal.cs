namespace BpfInteractive.Cli.Output;

/// <summary>What standard output is: how wide, and whether colours are wanted there (https://no-color.org).</summary>
internal static class Terminal
{
    private const int DefaultWidth = 80;

    internal static bool HasColor =>
        !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    internal static int Width => Console.IsOutputRedirected ? DefaultWidth : Math.Max(40, Console.WindowWidth);
}
