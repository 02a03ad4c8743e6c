using System.CommandLine;
using BpfInteractive.Scripting;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi stop PID [NAME...] [--all]</c>: detaches and unloads what a session has attached; the session itself goes on.</summary>
internal static class StopCommand
{
    private static readonly Argument<int> s_pid = new("PID") { Description = "The session's process, as bpfi ps lists it." };
    private static readonly Argument<string[]> s_names = new("NAME") { Description = "What to stop, by the name in bpfi ps.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<bool> s_all = new("--all") { Description = "Stops all that the session has attached." };

    internal static Command Create()
    {
        var command = new Command("stop", "Detaches and unloads what a session has attached, and tells its user. The session goes on; running the cell again attaches anew.") { s_pid, s_names, s_all };
        command.SetAction(static parsed => Run(parsed.GetValue(s_pid), NamesOf(parsed.GetValue(s_names) ?? [], parsed.GetValue(s_all))));
        return command;
    }

    /// <summary>Null for all.</summary>
    private static string[]? NamesOf(string[] names, bool isAll) => isAll == names.Length > 0
        ? throw new ArgumentException("name what to stop, as bpfi ps lists it, or give --all")
        : isAll ? null : names;

    private static int Run(int pid, string[]? names)
    {
        var stopped = RunningSessions.Stop(pid, names);
        foreach (var entry in stopped)
        {
            Console.WriteLine($"stopped {entry.Name}: {string.Join(", ", entry.Programs.Select(static program => $"{program.Name} on {program.Target}"))}");
        }

        if (stopped.Count == 0)
        {
            Console.Error.WriteLine($"bpfi: process {pid} has nothing attached");
        }

        return ExitCode.Done;
    }
}
