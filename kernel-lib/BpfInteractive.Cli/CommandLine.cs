using System.CommandLine;

namespace BpfInteractive.Cli;

/// <summary>
/// The root command. Each command is a class of its own in Commands/, whose Create method touches nothing of the libraries: what a command
/// needs is loaded when it runs, so that --help and the light commands start fast.
/// </summary>
internal static class CommandLine
{
    /// <summary>The command that keeps running at Ctrl-C.</summary>
    internal const string Prompt = "repl";

    // After Ctrl-C a command still writes what it has got; symbols may have to be read for it.
    private static readonly TimeSpan s_endingTime = TimeSpan.FromMinutes(2);

    internal static async Task<int> RunAsync(string[] arguments, IEnumerable<Command> commands)
    {
        var root = new RootCommand("Explore a running Linux system with BPF from C#.");
        foreach (var command in commands)
        {
            root.Add(command);
        }

        var parsed = root.Parse(arguments);
        if (UsageErrors.Of(parsed) is { Count: > 0 } errors)
        {
            foreach (var error in errors)
            {
                await Console.Error.WriteLineAsync($"bpfi: {error}").ConfigureAwait(false);
            }

            await Console.Error.WriteLineAsync($"bpfi: see {UsageOf(parsed)} --help").ConfigureAwait(false);
            return ExitCode.Usage;
        }

        // Exceptions are told here, in one line, with the exit status that they mean.
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = parsed.CommandResult.Command.Name == Prompt ? null : s_endingTime, // At the prompt Ctrl-C is a cell's affair.
        };
        try
        {
            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (Exception error) when (Failures.IsExpected(error))
        {
            return await Failures.TellAsync(error).ConfigureAwait(false);
        }
    }

    private static string UsageOf(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? "bpfi" : $"bpfi {parsed.CommandResult.Command.Name}";
}
