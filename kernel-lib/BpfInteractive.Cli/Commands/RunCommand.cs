using System.CommandLine;
using BpfInteractive.Scripting;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi run FILE.csx [-- ARGS]</c>: runs a C# script from start to end.</summary>
internal static class RunCommand
{
    internal static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The script, a .csx file." };
        var args = new Argument<string[]>("ARGS") { Description = "What the script sees as Args; options go behind --.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("run", "Runs a C# script. Its exit status is the script's: what it returns, or 1 when it fails.") { file, args };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(file)!, parsed.GetValue(args) ?? [], cancellationToken));
        return command;
    }

    /// <summary>A method of its own, so that the session and the compiler are loaded by this command alone.</summary>
    private static Task<int> RunAsync(string file, string[] args, CancellationToken cancellationToken) =>
        new ScriptRunner().RunAsync(file, args, cancellationToken);
}
