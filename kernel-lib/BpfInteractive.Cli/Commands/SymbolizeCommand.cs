using System.CommandLine;
using BpfInteractive.Cli.Profiling;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi symbolize</c>: names a capture, with files of this machine and of debuginfod servers.</summary>
internal static class SymbolizeCommand
{
    internal static Command Create()
    {
        var capture = new Argument<string>("CAPTURE") { Description = "Samples that were saved as .parquet, here or on another machine." };
        var output = new Option<string?>("--output", "-o") { Description = "Where to write, in the format that the name says (.parquet keeps all of it); standard output unless given.", HelpName = "FILE" };
        var format = new Option<string?>("--format") { Description = "As for bpfi profile; table unless the output's name says otherwise.", HelpName = "FORMAT" };
        var json = new Option<bool>("--json") { Description = "The same as --format json." };
        var lines = new Option<bool>("--lines") { Description = "Source lines and inlined functions too; the table has lines then." };
        var urls = new Option<string?>("--debuginfod") { Description = "The servers to ask, parted by spaces; DEBUGINFOD_URLS unless given.", HelpName = "URLS" };
        var offline = new Option<bool>("--offline") { Description = "Ask no server: only what is here, and what was fetched before." };
        var cache = new Option<string?>("--cache") { Description = "The folder that keeps what was fetched; ~/.cache/bpfi/debuginfod (root: /var/cache/bpfi/debuginfod) unless given.", HelpName = "FOLDER" };
        var cacheSize = new Option<long?>("--cache-size") { Description = "How much of it is kept; 4096 unless given.", HelpName = "MB" };
        var timeout = new Option<double?>("--timeout") { Description = "How long a server may take for its answer and for each 100 kB of it; DEBUGINFOD_TIMEOUT or 90 unless given.", HelpName = "SECONDS" };
        var rows = new Option<int>("--rows") { Description = "How many functions the table has.", HelpName = "N", DefaultValueFactory = _ => 40 };
        format.AcceptOnlyFromAmong(ProfileCommand.Formats);
        var command = new Command(
            "symbolize",
            "Names what has no name in a capture, by build id: with the files of this machine, and with those of debuginfod servers. A file of another build is never used; what cannot be had is a reason beside the frame.")
        { capture, output, format, json, lines, urls, offline, cache, cacheSize, timeout, rows };
        command.SetAction((parsed, cancellationToken) => SymbolizeRun.RunAsync(
            new SymbolizeRequest
            {
                Profile = new ProfileRequest
                {
                    Open = parsed.GetValue(capture),
                    Output = parsed.GetValue(output),
                    Format = parsed.GetValue(json) ? "json" : parsed.GetValue(format),
                    Rows = parsed.GetValue(rows),
                    Lines = parsed.GetValue(lines),
                },
                Urls = parsed.GetValue(urls),
                Offline = parsed.GetValue(offline),
                Cache = parsed.GetValue(cache),
                CacheMegabytes = parsed.GetValue(cacheSize),
                TimeoutSeconds = parsed.GetValue(timeout),
            },
            cancellationToken));
        return command;
    }
}
