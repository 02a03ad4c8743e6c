using System.CommandLine;
using BpfInteractive.Cli.Output;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi vmas PID</c>: the address space of a process, by one engine or by all beside each other.</summary>
internal static class VmasCommand
{
    private static readonly string[] s_formats = ["table", "csv", "json", "parquet", "html"];

    internal static Command Create()
    {
        var pid = new Argument<int>("PID") { Description = "The process, as this pid namespace counts." };
        var engine = new Option<string>("--engine") { Description = "auto, all (to compare them), or an engine of docs/engines.md: open-coded, callback, find-vma-next, task-vma-iter, procmap-query, proc-maps, find-vma, linked-list.", DefaultValueFactory = _ => "auto" };
        var format = new Option<string?>("--format") { Description = "How it is written: table unless given." };
        var json = new Option<bool>("--json") { Description = "The same as --format json." };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; standard output unless given." };
        var from = new Option<string?>("--from") { Description = "Leave out what lies below this address (0x hex); for find-vma the address." };
        var executable = new Option<bool>("--executable") { Description = "Only what may be executed." };
        var files = new Option<bool>("--files") { Description = "Only what maps a file." };
        format.AcceptOnlyFromAmong(s_formats);
        var command = new Command("vmas", "Show the address space of a process.") { pid, engine, format, json, output, from, executable, files };
        command.SetAction(parsed => RunAsync(
            parsed.GetValue(pid),
            parsed.GetValue(engine)!,
            new VmasOutput(FormatOf(parsed.GetValue(format), parsed.GetValue(json)), parsed.GetValue(output)),
            () => new VmaOptions
            {
                From = AddressOf(parsed.GetValue(from)),
                ExecutableOnly = parsed.GetValue(executable),
                FileBackedOnly = parsed.GetValue(files),
            }));
        return command;
    }

    private static string FormatOf(string? format, bool json) => json && format is not (null or "json")
        ? throw new ArgumentException($"--json and --format {format} are two formats: give one")
        : json ? "json" : format ?? "table";

    private static async Task<int> RunAsync(int pid, string engine, VmasOutput output, Func<VmaOptions> optionsOf)
    {
        if (pid < 1)
        {
            throw new ArgumentException($"a pid is 1 or more, not {pid}");
        }

        var options = optionsOf();
        if (engine == "all")
        {
            await output.WriteAsync(await Task.Run(() => VmaEngines.Compare(pid, options)).ConfigureAwait(false)).ConfigureAwait(false);
            return ExitCode.Done;
        }

        var snapshot = await Vmas.OfAsync(pid, options with { Engine = VmaEngines.Parse(engine) }).ConfigureAwait(false);
        await output.WriteAsync(snapshot).ConfigureAwait(false);
        foreach (var note in NotesOf(snapshot))
        {
            await Console.Error.WriteLineAsync($"bpfi: {note}").ConfigureAwait(false);
        }

        return ExitCode.Done;
    }

    private static IEnumerable<string> NotesOf(VmaSnapshot snapshot) => snapshot.Process.State == VmaTargetState.Alive
        ? snapshot.Taking.Notes
        : [snapshot.Process.ToString() + (snapshot.Count == 0 ? " has no address space" : ""), .. snapshot.Taking.Notes];

    private static ulong AddressOf(string? text)
    {
        if (text is null)
        {
            return 0;
        }

        var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        return ulong.TryParse(digits, System.Globalization.NumberStyles.AllowHexSpecifier, null, out var address)
            ? address
            : throw new ArgumentException($"'{text}' is no address; write it as 0x7f0000001000");
    }
}
