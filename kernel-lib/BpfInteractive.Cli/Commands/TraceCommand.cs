using System.CommandLine;
using BpfInteractive.Cli.Tracing;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi trace FILE.bpf.c</c>: loads, attaches, prints events as they come and, at the end, maps.</summary>
internal static class TraceCommand
{
    internal static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The program: C source (.bpf.c) or a compiled object (.o)." };
        var duration = new Option<double?>("--duration") { Description = "End after so many seconds; otherwise at Ctrl-C.", HelpName = "SECONDS" };
        var format = new Option<string>("--format") { Description = "How rows are written.", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "csv", "json");
        var include = new Option<string[]>("-I") { Description = "A folder to search for headers.", HelpName = "DIR" };
        var define = new Option<string[]>("-D") { Description = "A macro: NAME or NAME=VALUE.", HelpName = "MACRO" };
        var variable = new Option<string[]>("--var") { Description = "A global of the program, set before it is loaded: NAME=VALUE.", HelpName = "NAME=VALUE" };
        var pid = new Option<int?>("--pid") { Description = "Sets the program's global 'target_pid'.", HelpName = "PID" };
        var self = new Option<bool>("--include-self") { Description = "Show what bpfi itself does too. Otherwise it sets the program's global 'ignored_pid', if there is one, to its own pid." };
        var command = new Command(
            "trace",
            "Loads and attaches a program, and shows its events as they come; at the end its maps (but for those whose name begins with an underscore). "
            + "Only data goes to standard output; counts and losses go to standard error.")
        { file, duration, format, include, define, variable, pid, self };
        command.SetAction((parsed, cancellationToken) => TraceRun.RunAsync(
            new TraceRequest
            {
                File = parsed.GetValue(file)!,
                Duration = parsed.GetValue(duration) is { } seconds ? Positive(seconds) : null,
                Format = parsed.GetValue(format)!,
                IncludeDirectories = parsed.GetValue(include) ?? [],
                Defines = parsed.GetValue(define) ?? [],
                Variables = parsed.GetValue(variable) ?? [],
                Pid = parsed.GetValue(pid),
                IncludeSelf = parsed.GetValue(self),
            },
            cancellationToken));
        return command;
    }

    private static TimeSpan Positive(double seconds) => seconds is > 0 and < 1e6
        ? TimeSpan.FromSeconds(seconds)
        : throw new ArgumentException($"--duration {seconds} is not a number of seconds above 0");
}
