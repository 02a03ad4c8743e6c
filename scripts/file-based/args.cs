// What a script has from its host and a file-based app has not.
global using static Script;

internal static class Script
{
    /// <summary>The words after the program's name.</summary>
    public static IList<string> Args { get; } = Environment.GetCommandLineArgs()[1..];
}
