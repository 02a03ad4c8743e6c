using System.CommandLine;
using BpfInteractive.Cli.Output;
using BpfInteractive.Scripting;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi repl [-- ARGS]</c>: the prompt.</summary>
internal static class ReplCommand
{
    internal static Command Create()
    {
        var args = new Argument<string[]>("ARGS") { Description = "What cells see as Args; options go behind --.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(CommandLine.Prompt, "A prompt for C# and BPF cells, with completion and history. From a pipe it runs the cells and ends.") { args };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(args) ?? []));
        return command;
    }

    /// <summary>A method of its own, so that the session and the compiler are loaded by this command alone.</summary>
    private static Task<int> RunAsync(string[] args) => new Prompt(Terminal.HasColor).RunAsync(args);
}
