using System.Text;
using BpfInteractive.Analysis;
using BpfInteractive.Scripting;

namespace BpfInteractive.Cli.Running;

/// <summary>Runs a notebook for the command line: its output to stdout, progress to stderr, files at the end, also of a run that failed.</summary>
internal static class NotebookCommandRun
{
    private const int Interrupted = 130;

    internal static async Task<int> RunAsync(NotebookRequest request, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(request.File);
        var notebook = Read(request.File);
        var before = request.Compare is { } compared ? Read(compared) : null;
        var (ipynb, html) = (FullPath(request.Ipynb), FullPath(request.Html));
        var options = new NotebookRunOptions
        {
            Parameters = [.. request.Parameters.Select(ParameterOf)],
            AllowErrors = request.AllowErrors,
            Args = request.Args,
            LiveTime = LiveTimeOf(request.LiveSeconds),
        };

        // What cells write to the console comes through the session, to these two.
        var (output, errors) = (Console.Out, Console.Error);
        CellSession.TakeConsole();

        // As Jupyter does: a notebook's relative paths begin at its own folder.
        Environment.CurrentDirectory = Path.GetDirectoryName(path)!;
        var run = await new NotebookRunner(output, errors).RunAsync(notebook, Environment.CurrentDirectory, options, cancellationToken).ConfigureAwait(false);
        await WriteAsync(ipynb, run.Notebook.ToJupyter).ConfigureAwait(false);
        await WriteAsync(html, () => NotebookPage.Of(run.Notebook)).ConfigureAwait(false);
        if (run.WasInterrupted)
        {
            await errors.WriteLineAsync("bpfi: interrupted").ConfigureAwait(false);
            return Interrupted;
        }

        if (run.FailedCell is { } failed)
        {
            await errors.WriteLineAsync(FormattableString.Invariant($"bpfi: cell {failed} of {request.File} failed")).ConfigureAwait(false);
            return ExitCode.Failed;
        }

        return before is null ? ExitCode.Done : await CompareAsync(before, run.Notebook, request.Compare!, errors).ConfigureAwait(false);
    }

    private static async Task<int> CompareAsync(NotebookFile before, NotebookFile after, string name, TextWriter errors)
    {
        var differences = NotebookComparison.Differences(before, after);
        foreach (var difference in differences)
        {
            await errors.WriteLineAsync($"bpfi: not as in {name}: {difference}").ConfigureAwait(false);
        }

        return differences.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static NotebookFile Read(string path) => File.Exists(path)
        ? NotebookFile.Read(path)
        : throw new IOException($"cannot run {path}: {(Directory.Exists(path) ? "it is a folder" : "there is no such file")}");

    private static (string Name, string Value) ParameterOf(string text) => text.IndexOf('=', StringComparison.Ordinal) is var at and > 0
        ? (text[..at], text[(at + 1)..])
        : throw new ArgumentException($"--param {text}: give the parameter and its value, as in --param {(text.Length > 0 ? text : "seconds")}=5");

    private static TimeSpan? LiveTimeOf(double? seconds) => seconds switch
    {
        null => null,
        >= 0.1 and <= 86_400 => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new ArgumentException("--live takes seconds, 0.1 to 86400"),
    };

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

    private static async Task WriteAsync(string? path, Func<string> text)
    {
        if (path is not null)
        {
            await WholeFile.WriteAsync(path, async stream => await stream.WriteAsync(Encoding.UTF8.GetBytes(text())).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }
}
