namespace BpfInteractive.Cli;

/// <summary>Tells an expected failure in one line on stderr, and knows the exit status that it means.</summary>
internal static class Failures
{
    internal static bool IsExpected(Exception error) => error is BpfException or ArgumentException or IOException
        or UnauthorizedAccessException or InvalidDataException or OperationCanceledException or InvalidOperationException;

    internal static async Task<int> TellAsync(Exception error)
    {
        await Console.Error.WriteLineAsync($"bpfi: {(error is OperationCanceledException ? "interrupted" : error.Message)}").ConfigureAwait(false);
        return StatusOf(error);
    }

    internal static int StatusOf(Exception error) => error switch
    {
        UnsupportedFeatureException => ExitCode.Missing,
        ArgumentException => ExitCode.Usage,
        _ => ExitCode.Failed,
    };
}
