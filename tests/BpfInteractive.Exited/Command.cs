using System.Diagnostics;

namespace BpfInteractive.Exited;

/// <summary>Programs that are run to their end, with a time limit for hangs.</summary>
public static class Command
{
    /// <summary>Runs a program and gives its standard output; throws with its errors when it fails.</summary>
    public static async Task<string> OutputAsync(string file, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var text = new List<string>();
        await LinesAsync(text.Add, file, arguments, cancellationToken);
        return string.Join('\n', text);
    }

    /// <summary>Runs a program and gives each line of its standard output to <paramref name="take"/>; throws with its errors when it fails.</summary>
    public static async Task LinesAsync(Action<string> take, string file, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                take(line);
            }

            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"{file} ended with {process.ExitCode}: {await errors}");
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
