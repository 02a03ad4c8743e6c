using System.CommandLine;
using BpfInteractive.Jupyter;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi jupyter</c>: the Jupyter kernel, and its entry in Jupyter's list.</summary>
internal static class JupyterCommand
{
    internal static Command Create() => new("jupyter", "The Jupyter kernel.") { Install(), Kernel(), Uninstall() };

    private static Command Install() => InPlace("install", "Copies the tool to a folder that stays, and adds the kernel to Jupyter's list, as bpfi.", place =>
    {
        var tool = InstalledTool.Install(place.Tool);
        Console.WriteLine($"{KernelSpec.DisplayName} is in {KernelSpec.Install(place.Kernels, tool)}; it runs {tool.Words[^1]}");
    });

    private static Command Uninstall() => InPlace("uninstall", "Takes the kernel out of Jupyter's list and removes the copied tool.", place =>
    {
        Console.WriteLine(KernelSpec.Uninstall(place.Kernels) is { } removed ? $"removed {removed}" : $"no kernel {KernelSpec.Name} in {place.Kernels}");
        if (!InstalledTool.Uninstall(place.Tool))
        {
            Console.Error.WriteLine($"bpfi: a kernel that still runs keeps its files in {place.Tool}; uninstall once more when it has ended");
        }
    });

    private static Command InPlace(string name, string description, Action<(string Kernels, string Tool)> act)
    {
        var user = new Option<bool>("--user") { Description = "For this user alone. Root otherwise means all users: /usr/local." };
        var prefix = new Option<string?>("--prefix") { Description = "Under this folder: PREFIX/share/jupyter/kernels and PREFIX/lib/bpfi.", HelpName = "PREFIX" };
        var command = new Command(name, description) { user, prefix };
        command.Validators.Add(result =>
        {
            if (result.GetValue(user) && result.GetValue(prefix) is not null)
            {
                result.AddError("--user and --prefix exclude each other");
            }
        });
        command.SetAction(parsed =>
        {
            act(PlaceOf(parsed.GetValue(user), parsed.GetValue(prefix)));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Kernel()
    {
        var file = new Argument<string>("CONNECTION_FILE") { Description = "The file in which Jupyter says where to listen." };
        var command = new Command("kernel", "Runs the kernel; Jupyter itself calls this.") { file };

        // Not asynchronous: the command line would otherwise end the process at the interrupt that is meant for the cell.
        command.SetAction(parsed => RunKernel(parsed.GetValue(file)!));
        return command;
    }

    private static (string Kernels, string Tool) PlaceOf(bool forUser, string? prefix) =>
        prefix is not null ? (KernelSpec.FolderOf(prefix), InstalledTool.FolderOf(prefix))
        : forUser || !Environment.IsPrivilegedProcess ? (KernelSpec.UserFolder(), InstalledTool.UserFolder())
        : (KernelSpec.FolderOf("/usr/local"), InstalledTool.FolderOf("/usr/local"));

    private static int RunKernel(string file)
    {
        KernelHost.Run(file);
        return ExitCode.Done;
    }
}
