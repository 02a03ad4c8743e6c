using System.CommandLine;
using BpfInteractive.Cli.Output;
using BpfInteractive.Scripting;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi ps</c>: what notebooks, prompts and runs have attached.</summary>
internal static class PsCommand
{
    internal static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("ps", "Lists what your notebook kernels, prompts and runs have attached; root sees those of all users.") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json)));
        return command;
    }

    private static int Run(bool isJson)
    {
        var sessions = RunningSessions.List();
        if (isJson)
        {
            SessionsOutput.WriteJson(sessions);
        }
        else
        {
            SessionsOutput.WriteTable(sessions);
        }

        return ExitCode.Done;
    }
}
