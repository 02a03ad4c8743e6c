using System.Globalization;

namespace BpfInteractive.Jupyter;

/// <summary>
/// The way in for ordinary users: a group, and a small program that only its members can run, which starts the kernel with a few capabilities. See kernel_launcher.c.
/// </summary>
public static class KernelLauncher
{
    private const string Source = "kernel_launcher.c";

    /// <summary>Numbers of capabilities(7) that may be asked for: what reading a system takes, and what the network's hooks take.</summary>
    private static readonly Dictionary<string, int> s_capabilities = new()
    {
        ["dac_read_search"] = 2,
        ["net_admin"] = 12,
        ["sys_ptrace"] = 19,
        ["sys_admin"] = 21,
        ["sys_resource"] = 24,
        ["syslog"] = 34,
        ["perfmon"] = 38,
        ["bpf"] = 39,
        ["checkpoint_restore"] = 40,
    };

    /// <summary>Lets a user run BPF cells in Jupyter without root.</summary>
    /// <param name="user">The user.</param>
    /// <param name="options">Where, and with what rights.</param>
    /// <param name="tell">Called with each thing done.</param>
    /// <exception cref="UnauthorizedAccessException">The caller is not root.</exception>
    /// <exception cref="ArgumentException">A capability is unknown, or the user is root.</exception>
    /// <exception cref="UnsupportedFeatureException">The machine lacks a program for it.</exception>
    /// <exception cref="IOException">A step failed.</exception>
    public static void SetUp(SystemUser user, LauncherOptions options, Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(tell);
        var capabilities = LauncherOptions.DefaultCapabilities.Concat(options.MoreCapabilities).Distinct().ToList();
        RequireRoot();
        if (user.Uid == 0)
        {
            throw new ArgumentException("root needs no way in");
        }

        if (capabilities.FirstOrDefault(name => !s_capabilities.ContainsKey(name)) is { } unknown)
        {
            throw new ArgumentException($"there is no capability {unknown} to give; there are {string.Join(", ", s_capabilities.Keys)}");
        }

        var compiler = SystemTool.Need("gcc and libc6-dev, or clang", "cc", "gcc", "clang", "clang-19");
        var setcap = SystemTool.Need("libcap2-bin", "setcap");
        InstalledTool.Install(options.ToolFolder);
        AddToGroup(user, options, tell);
        Build(compiler, setcap, options, capabilities);
        tell($"{options.Launcher} gives members of {options.Group} {string.Join(", ", capabilities.Select(name => "CAP_" + name.ToUpperInvariant()))}");
        WriteStarter(options);
        tell($"{KernelSpec.DisplayName} is in {KernelSpec.Install(KernelSpec.FolderOf(options.Prefix), [options.Starter, "{connection_file}"], new Dictionary<string, string>())}");
        Check(user, options);
    }

    /// <summary>Takes a user's way in back; with the last user's go the launcher and a group that was made for it. What runs keeps its rights until it ends.</summary>
    /// <exception cref="UnauthorizedAccessException">The caller is not root.</exception>
    /// <exception cref="IOException">A step failed.</exception>
    public static void Remove(SystemUser user, LauncherOptions options, Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(tell);
        RequireRoot();
        if (SystemUser.MembersOf(options.Group)?.Contains(user.Name) == true)
        {
            SystemTool.Run(SystemTool.Need("passwd", "gpasswd"), "--delete", user.Name, options.Group);
            tell($"{user.Name} is no member of {options.Group} any more; kernels that run keep their rights until they end");
        }
        else
        {
            tell($"{user.Name} was no member of {options.Group}");
        }

        if (SystemUser.MembersOf(options.Group) is { Length: > 0 } left)
        {
            tell($"{options.Launcher} stays for {string.Join(", ", left)}");
            return;
        }

        RemoveLauncher(options, tell);
    }

    private static void RemoveLauncher(LauncherOptions options, Action<string> tell)
    {
        File.Delete(options.Launcher);
        File.Delete(options.Starter);
        if (Directory.Exists(Path.Combine(options.ToolFolder, "current")))
        {
            KernelSpec.Install(KernelSpec.FolderOf(options.Prefix), ToolCommand.In(Path.Combine(options.ToolFolder, "current")));
        }

        if (File.Exists(options.GroupMark))
        {
            File.Delete(options.GroupMark);
            SystemTool.Run(SystemTool.Need("passwd", "groupdel"), options.Group);
            tell($"removed {options.Launcher} and the group {options.Group}");
        }
        else
        {
            tell($"removed {options.Launcher}");
        }
    }

    private static void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new UnauthorizedAccessException("users are set up by root: sudo bpfi setup-user USER");
        }
    }

    private static void AddToGroup(SystemUser user, LauncherOptions options, Action<string> tell)
    {
        if (SystemUser.MembersOf(options.Group) is not { } members)
        {
            SystemTool.Run(SystemTool.Need("passwd", "groupadd"), "--system", options.Group);
            File.WriteAllText(options.GroupMark, "");
            members = [];
            tell($"made the group {options.Group}");
        }

        if (!members.Contains(user.Name))
        {
            SystemTool.Run(SystemTool.Need("passwd", "gpasswd"), "--add", user.Name, options.Group);
            tell($"{user.Name} is a member of {options.Group}, from the next login on");
        }
    }

    /// <summary>The owner first and the capabilities last: a change of owner takes capabilities away. The name comes when all is as it must be.</summary>
    private static void Build(string compiler, string setcap, LauncherOptions options, List<string> capabilities)
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-launcher-").FullName;
        var built = $"{options.Launcher}.{Environment.ProcessId}";
        try
        {
            var source = Path.Combine(folder, Source);
            using (var text = typeof(KernelLauncher).Assembly.GetManifestResourceStream(Source)!)
            using (var file = File.Create(source))
            {
                text.CopyTo(file);
            }

            var tool = ToolCommand.In(Path.Combine(options.ToolFolder, "current"));
            SystemTool.Run(
                compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong", "-fPIE", "-pie", "-Wl,-z,relro,-z,now", "-o", built,
                $"-DBPFI_PROGRAM={string.Join(',', tool.Words.Select(Quoted))}",
                $"-DBPFI_ENVIRONMENT={string.Join(',', tool.KernelEnvironment.Select(variable => Quoted($"{variable.Key}={variable.Value}")))}",
                $"-DBPFI_CAPABILITIES={string.Join(',', capabilities.Select(name => s_capabilities[name].ToString(CultureInfo.InvariantCulture)))}",
                source);
            SystemTool.Run(SystemTool.Need("coreutils", "chown"), $"0:{options.Group}", built);
            File.SetUnixFileMode(built, (UnixFileMode)0b111_101_000);
            SystemTool.Run(setcap, $"{string.Join(',', capabilities.Select(name => "cap_" + name))}=ep", built);
            File.Move(built, options.Launcher, overwrite: true);
        }
        finally
        {
            File.Delete(built);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>One entry in the list serves all: members get the rights, others and root the tool as it is.</summary>
    private static void WriteStarter(LauncherOptions options)
    {
        var tool = ToolCommand.In(Path.Combine(options.ToolFolder, "current"));
        var text = $"""
            #!/bin/sh
            # Starts the notebook kernel: through the launcher for members of its group, without further rights for others. Made by bpfi setup-user.
            [ "$(id -u)" != 0 ] && [ -x {Word(options.Launcher)} ] && exec {Word(options.Launcher)} "$@"
            {string.Join(' ', tool.KernelEnvironment.Select(variable => $"{variable.Key}={Word(variable.Value)}"))} exec {string.Join(' ', tool.Words.Select(Word))} jupyter kernel "$@"

            """;
        var half = $"{options.Starter}.{Environment.ProcessId}";
        File.WriteAllText(half, text);
        File.SetUnixFileMode(half, (UnixFileMode)0b111_101_101);
        File.Move(half, options.Starter, overwrite: true);
    }

    private static string Word(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>
    /// As the user, who may not be able to read where .NET is, and by a file system that may not honour capabilities of files. setpriv itself still has root's capabilities when it
    /// starts its command; that command, env, has none.
    /// </summary>
    private static void Check(SystemUser user, LauncherOptions options)
    {
        var (status, output, errors) = SystemTool.Try(
            SystemTool.Need("util-linux", "setpriv"), $"--reuid={user.Uid}", $"--regid={user.Gid}", "--init-groups", "--inh-caps=-all", "--", "env", options.Launcher, "--check");
        if (status != 0)
        {
            throw new IOException($"{user.Name} cannot start the kernel: {(errors.Length > 0 ? errors : output).Trim()}");
        }
    }
}
