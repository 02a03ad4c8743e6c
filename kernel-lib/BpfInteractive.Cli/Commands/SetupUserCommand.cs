using System.CommandLine;
using BpfInteractive.Jupyter;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi setup-user USER</c>: lets an ordinary user run BPF cells in Jupyter.</summary>
internal static class SetupUserCommand
{
    private static readonly Argument<string> s_user = new("USER") { Description = "Who may." };
    private static readonly Option<bool> s_remove = new("--remove") { Description = "Takes it back." };
    private static readonly Option<string[]> s_capabilities = new("--capability") { Description = "One more right for all of the group, such as dac_read_search or sys_ptrace; may be repeated.", HelpName = "NAME" };
    private static readonly Option<string> s_group = new("--group") { Description = "The group that may.", DefaultValueFactory = _ => "bpf", HelpName = "NAME" };
    private static readonly Option<string> s_prefix = new("--prefix") { Description = "Where the kernel is installed.", DefaultValueFactory = _ => "/usr/local", HelpName = "PREFIX" };

    internal static Command Create()
    {
        var command = new Command("setup-user", "Lets an ordinary user run BPF cells in Jupyter: whoever may can read all memory of the machine.")
        {
            s_user, s_remove, s_capabilities, s_group, s_prefix,
        };
        command.SetAction(parsed => Run(parsed.GetValue(s_user)!, parsed.GetValue(s_remove), parsed.GetValue(s_capabilities) ?? [], parsed.GetValue(s_group)!, parsed.GetValue(s_prefix)!));
        return command;
    }

    private static int Run(string name, bool removes, string[] capabilities, string group, string prefix)
    {
        var user = SystemUser.Find(name);
        var options = new LauncherOptions { Prefix = Path.GetFullPath(prefix), Group = group, MoreCapabilities = [.. capabilities.Select(Plain)] };
        if (removes)
        {
            KernelLauncher.Remove(user, options, Console.WriteLine);
        }
        else
        {
            KernelLauncher.SetUp(user, options, Console.WriteLine);
        }

        return ExitCode.Done;
    }

#pragma warning disable CA1308 // The names of capabilities are written in small letters, and are not compared with anything else.
    private static string Plain(string capability) => capability.ToLowerInvariant().Replace("cap_", "", StringComparison.Ordinal);
#pragma warning restore CA1308
}
