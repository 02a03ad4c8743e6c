using System.CommandLine;
using BpfInteractive.Cli.Profiling;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi profile</c>: samples stacks, or opens samples that were saved, and writes them in a format.</summary>
internal static class ProfileCommand
{
    internal static readonly string[] Formats = ["table", "folded", "pprof", "speedscope", "parquet", "html", "heatmap", "csv", "json"];

    internal static Command Create()
    {
        var pid = new Option<int?>("--pid") { Description = "Only this process, with its threads and children; with --open only its samples.", HelpName = "PID" };
        var tid = new Option<int?>("--tid") { Description = "Only this thread.", HelpName = "TID" };
        var cgroup = new Option<string?>("--cgroup") { Description = "Only the processes of this cgroup (its folder under /sys/fs/cgroup).", HelpName = "FOLDER" };
        var frequency = new Option<int?>("--frequency", "-F") { Description = "Samples a second and CPU; 99 unless given.", HelpName = "HZ" };
        var kind = new Option<string?>("--event") { Description = "What makes a sample instead of the clock: page-faults, context-switches, cycles and other events of perf, tracepoint:CATEGORY:NAME, uprobe:FILE:FUNCTION.", HelpName = "EVENT" };
        var offCpu = new Option<bool>("--off-cpu") { Description = "The time that threads are blocked instead of the time that they run, by the stacks at which they stopped." };
        var minimum = new Option<double?>("--minimum") { Description = "With --off-cpu: leave out what is shorter; 100 unless given.", HelpName = "MICROSECONDS" };
        var duration = new Option<double?>("--duration") { Description = "End after so many seconds; otherwise at Ctrl-C, or when the process or command ends.", HelpName = "SECONDS" };
        var user = new Option<bool>("--user") { Description = "User stacks alone." };
        var kernel = new Option<bool>("--kernel") { Description = "Kernel stacks alone." };
        var unwind = new Option<string>("--unwind") { Description = "How callers are found: fp (frame pointers), cfi (what the files say of their code; a copy of the stack is read and dropped), or auto.", HelpName = "HOW", DefaultValueFactory = _ => "fp" };
        var stackBytes = new Option<int?>("--stack-bytes") { Description = "With --unwind cfi or auto: the most bytes of a stack that are read; 16384 unless given.", HelpName = "BYTES" };
        var buildIds = new Option<bool>("--build-ids") { Description = "Have the kernel look up build ids in the interrupt too, for frames whose mapping cannot be had. Done unasked where mappings are taken in user space (before Linux 6.18)." };
        var noSymbols = new Option<bool>("--no-symbols") { Description = "Keep (file, offset) and build ids without reading any symbols of files: bpfi symbolize names them later, elsewhere too." };
        var lines = new Option<bool>("--lines") { Description = "Source lines and inlined functions, by the debug information of the files or of their debug files; the table has lines then." };
        var noDotnet = new Option<bool>("--no-dotnet") { Description = "Do not ask .NET processes for the names of their methods when sampling is over." };
        var noJava = new Option<bool>("--no-java") { Description = "Do not ask Java processes for the names of their methods when sampling is over." };
        var dotnetTiers = new Option<bool>("--dotnet-tiers") { Description = "Tell .NET methods apart by how they were compiled: [Tier0], [Tier1], [OSR], [R2R]." };
        var format = new Option<string?>("--format") { Description = "table unless the output's name says otherwise (.folded, .pb.gz, .speedscope.json, .parquet, .html, .csv, .json). Parquet is a folder that --open reads.", HelpName = "FORMAT" };
        var json = new Option<bool>("--json") { Description = "The same as --format json." };
        var output = new Option<string?>("--output", "-o") { Description = "Where to write; standard output unless given.", HelpName = "FILE" };
        var open = new Option<string?>("--open") { Description = "Show samples that were saved as .parquet, instead of taking new ones.", HelpName = "FILE" };
        var compare = new Option<string?>("--compare") { Description = "Show what changed since an earlier profile that was saved as .parquet: as a table or, with html, as a flame graph.", HelpName = "FILE" };
        var comm = new Option<string?>("--comm") { Description = "Show only processes or threads of this name.", HelpName = "NAME" };
        var function = new Option<string?>("--function") { Description = "Show only stacks with this text in the name of a frame.", HelpName = "TEXT" };
        var rows = new Option<int>("--rows") { Description = "How many functions the table has.", HelpName = "N", DefaultValueFactory = _ => 40 };
        var target = new Argument<string[]>("COMMAND") { Description = "After --: a command, sampled from its first instruction to its end.", Arity = ArgumentArity.ZeroOrMore };
        format.AcceptOnlyFromAmong(Formats);
        unwind.AcceptOnlyFromAmong("auto", "fp", "cfi");
        var command = new Command(
            "profile",
            "Samples the stacks of what runs, and names them though their processes are gone. Only the profile goes to standard output; how well it is known and what was lost goes to standard error.")
        { pid, tid, cgroup, frequency, kind, offCpu, minimum, duration, user, kernel, unwind, stackBytes, buildIds, noSymbols, lines, noDotnet, noJava, dotnetTiers, format, json, output, open, compare, comm, function, rows, target };
        command.SetAction((parsed, cancellationToken) => ProfileRun.RunAsync(
            new ProfileRequest
            {
                Pid = parsed.GetValue(pid),
                Tid = parsed.GetValue(tid),
                Cgroup = parsed.GetValue(cgroup),
                Frequency = parsed.GetValue(frequency),
                Event = parsed.GetValue(kind),
                OffCpu = parsed.GetValue(offCpu),
                MinimumUs = parsed.GetValue(minimum),
                Duration = parsed.GetValue(duration),
                UserOnly = parsed.GetValue(user),
                KernelOnly = parsed.GetValue(kernel),
                Unwind = parsed.GetValue(unwind) ?? "fp",
                StackBytes = parsed.GetValue(stackBytes),
                BuildIds = parsed.GetValue(buildIds),
                NoSymbols = parsed.GetValue(noSymbols),
                Lines = parsed.GetValue(lines),
                NoDotnet = parsed.GetValue(noDotnet),
                NoJava = parsed.GetValue(noJava),
                DotnetTiers = parsed.GetValue(dotnetTiers),
                Format = parsed.GetValue(json) ? "json" : parsed.GetValue(format),
                Output = parsed.GetValue(output),
                Open = parsed.GetValue(open),
                Compare = parsed.GetValue(compare),
                Comm = parsed.GetValue(comm),
                Function = parsed.GetValue(function),
                Rows = parsed.GetValue(rows),
                Command = parsed.GetValue(target) ?? [],
            },
            cancellationToken));
        return command;
    }
}
