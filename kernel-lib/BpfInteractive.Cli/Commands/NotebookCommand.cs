using System.CommandLine;
using BpfInteractive.Jupyter;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi notebook</c>: Jupyter with our kernel and the gallery.</summary>
internal static class NotebookCommand
{
    private const string FolderName = "bpfi-notebooks";

    private static readonly Argument<string?> s_folder = new("FOLDER") { Description = $"Where the notebooks are; ~/{FolderName} otherwise.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> s_noBrowser = new("--no-browser") { Description = "Prints the address and opens no browser." };
    private static readonly Option<int?> s_port = new("--port") { Description = "The page's port on the loopback device.", HelpName = "PORT" };
    private static readonly Option<string[]> s_jupyter = new("--jupyter") { Description = "An argument of Jupyter's own; may be repeated.", HelpName = "ARGUMENT" };

    internal static Command Create()
    {
        var command = new Command("notebook", "Copies the gallery to a folder and starts Jupyter there, as an ordinary user without capabilities, for this machine alone.")
        {
            s_folder, s_noBrowser, s_port, s_jupyter,
        };

        // Not asynchronous: Jupyter ends with the thread that starts it.
        command.SetAction(parsed => Run(parsed.GetValue(s_folder), parsed.GetValue(s_noBrowser), parsed.GetValue(s_port), parsed.GetValue(s_jupyter) ?? []));
        return command;
    }

    private static int Run(string? folder, bool noBrowser, int? port, string[] more)
    {
        if (Environment.IsPrivilegedProcess && Environment.GetEnvironmentVariable("SUDO_UID") is { Length: > 0 } caller && caller != "0")
        {
            return NotebookServer.RunAs(SystemUser.Find(caller), Environment.GetCommandLineArgs()[1..]);
        }

        var place = folder is not null ? Path.GetFullPath(folder) : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), FolderName);
        foreach (var kept in Gallery.CopyTo(Gallery.Source, place))
        {
            Console.Error.WriteLine($"bpfi: {kept} stays as you changed it; the gallery has a newer one");
        }

        return NotebookServer.Run(new NotebookRequest(place, !noBrowser, port, more), text => Console.Error.WriteLine($"bpfi: {text}"));
    }
}
