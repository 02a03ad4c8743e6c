using System.CommandLine;
using BpfInteractive.Cli.Running;
using BpfInteractive.Scripting;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi run FILE [-- ARGS]</c>: runs a C# script or a notebook from start to end.</summary>
internal static class RunCommand
{
    private static readonly Argument<string> s_file = new("FILE") { Description = "A script (.csx) or a notebook (.ipynb, .dib)." };
    private static readonly Argument<string[]> s_args = new("ARGS") { Description = "What the code sees as Args; options go behind --.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string?> s_ipynb = new("--ipynb") { Description = "Writes the cells with what they showed as a Jupyter notebook.", HelpName = "FILE" };
    private static readonly Option<string?> s_html = new("--html") { Description = "Writes them as one HTML page that opens without a network.", HelpName = "FILE" };
    private static readonly Option<string[]> s_params = new("--param") { Description = "Sets a parameter of the notebook; may be repeated.", HelpName = "NAME=VALUE" };
    private static readonly Option<bool> s_allowErrors = new("--allow-errors") { Description = "Runs the cells behind one that failed, too." };
    private static readonly Option<string?> s_compare = new("--compare") { Description = "Fails unless an earlier run showed the same: MIME types, and text with numbers and bars masked; of cells tagged varies the MIME types alone.", HelpName = "FILE" };

    private static readonly Option<double?> s_live = new("--live") { Description = "How long a notebook's live displays go on, which nobody watches here; 10 unless told.", HelpName = "SECONDS" };

    internal static Command Create()
    {
        var command = new Command("run", "Runs a C# script or a notebook. The exit status of a script is what it returns, or 1 when it fails; of a notebook 1 when a cell fails.")
        {
            s_file, s_args, s_ipynb, s_html, s_params, s_allowErrors, s_compare, s_live,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var file = parsed.GetValue(s_file)!;
            var args = parsed.GetValue(s_args) ?? [];
            var isNotebook = Path.GetExtension(file) is ".ipynb" or ".dib"
                || parsed.GetValue(s_ipynb) is not null || parsed.GetValue(s_html) is not null || parsed.GetValue(s_compare) is not null || parsed.GetValue(s_params) is { Length: > 0 };
            return isNotebook
                ? RunNotebookAsync(RequestOf(parsed, file, args), cancellationToken)
                : RunScriptAsync(file, args, cancellationToken);
        });
        return command;
    }

    private static NotebookRequest RequestOf(ParseResult parsed, string file, string[] args) => new(
        file, args, parsed.GetValue(s_ipynb), parsed.GetValue(s_html), parsed.GetValue(s_params) ?? [], parsed.GetValue(s_allowErrors), parsed.GetValue(s_compare), parsed.GetValue(s_live));

    /// <summary>A method of its own, so that the session and the compiler are loaded by this command alone.</summary>
    private static Task<int> RunScriptAsync(string file, string[] args, CancellationToken cancellationToken) =>
        new ScriptRunner().RunAsync(file, args, cancellationToken);

    private static Task<int> RunNotebookAsync(NotebookRequest request, CancellationToken cancellationToken) => NotebookCommandRun.RunAsync(request, cancellationToken);
}
