namespace BpfInteractive.Cli;

/// <summary>What the process's exit status means; the same for every command.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    internal const int Done = 0;

    /// <summary>The thing asked for failed.</summary>
    internal const int Failed = 1;

    /// <summary>Wrong usage.</summary>
    internal const int Usage = 2;

    /// <summary>This machine lacks something; the message names it and the remedy.</summary>
    internal const int Missing = 3;
}
