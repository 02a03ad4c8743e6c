using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfInteractive.Jupyter;

/// <summary>What <see cref="NotebookServer.Run"/> starts.</summary>
/// <param name="Folder">Where the notebooks are.</param>
/// <param name="OpensBrowser">Whether Jupyter opens one.</param>
/// <param name="Port">The port of the page; null for Jupyter's own choice.</param>
/// <param name="More">Arguments of Jupyter's own.</param>
public sealed record NotebookRequest(string Folder, bool OpensBrowser, int? Port, IReadOnlyList<string> More);

/// <summary>
/// The distribution's Jupyter with our kernel, for one person on this machine: the page on the loopback device alone, the kernel's channels as Unix sockets in a folder that nobody else
/// can enter, and no capability in Jupyter itself.
/// </summary>
public static class NotebookServer
{
    /// <summary>Not the first of the path, which may be a Python without Jupyter: the one that the distribution's packages are for.</summary>
    private const string Python = "/usr/bin/python3";

    /// <summary>
    /// A folder that is closed to others, for Jupyter's sockets. The path of a Unix socket has at most 107 bytes (sun_path, man 7 unix), and Jupyter's add "/kernel-UUID-ipc-N":
    /// below a long TMPDIR there is no room for that, and the folder is made in /tmp.
    /// </summary>
    private static string CreateRuntimeFolder()
    {
        const string Prefix = "bpfi-notebook-";
        var folder = Directory.CreateTempSubdirectory(Prefix).FullName; // 0700
        if (System.Text.Encoding.UTF8.GetByteCount(folder) + "/kernel-00000000-0000-0000-0000-000000000000-ipc-1".Length <= 107)
        {
            return folder;
        }

        Directory.Delete(folder);
        return Directory.CreateDirectory(Path.Combine("/tmp", Prefix + Path.GetRandomFileName()), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    /// <summary>Runs Jupyter until it ends. Call it on a thread that stays: Jupyter ends with it.</summary>
    /// <returns>Jupyter's exit status.</returns>
    /// <exception cref="UnsupportedFeatureException">Jupyter is not installed.</exception>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static int Run(NotebookRequest request, Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(tell);
        RequireJupyter();
        var runtime = CreateRuntimeFolder();
        try
        {
            var start = new ProcessStartInfo(SystemTool.Need("util-linux", "setpriv"), Arguments(request)) { WorkingDirectory = request.Folder };
            start.Environment["JUPYTER_RUNTIME_DIR"] = runtime;
            ChooseKernel(start, runtime, tell);
            return RunToEnd(start);
        }
        finally
        {
            Directory.Delete(runtime, recursive: true);
        }
    }

    /// <summary>Starts this command once more as the user who called sudo, and gives its exit status. Call it on a thread that stays.</summary>
    public static int RunAs(SystemUser user, IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(user);
        var tool = ToolCommand.This();

        // The bounding set and no_new_privs stay as they are, or the launcher could not give the kernel its rights.
        var start = new ProcessStartInfo(
            SystemTool.Need("util-linux", "setpriv"),
            [$"--reuid={user.Uid}", $"--regid={user.Gid}", "--init-groups", "--inh-caps=-all", "--pdeathsig=TERM", "--", .. tool.Words, .. arguments]);
        start.Environment["HOME"] = user.Home;
        start.Environment["USER"] = start.Environment["LOGNAME"] = user.Name;
        start.Environment["DOTNET_ROOT"] = tool.DotnetRoot;
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SUDO_", StringComparison.Ordinal) || name is "XDG_RUNTIME_DIR" or "XDG_CACHE_HOME" or "XDG_DATA_HOME").ToList())
        {
            start.Environment.Remove(name);
        }

        return RunToEnd(start);
    }

    private static void RequireJupyter()
    {
        const string remedy = "install as root: apt-get install --no-install-recommends jupyter-notebook (elsewhere python3-notebook)";
        if (!File.Exists(Python) || SystemTool.Try(Python, "-c", "import notebook").Status != 0)
        {
            throw new UnsupportedFeatureException("Jupyter", $"{Python} has no module notebook", remedy);
        }
    }

    private static List<string> Arguments(NotebookRequest request)
    {
        List<string> words = ["--pdeathsig=TERM"];
        if (!Environment.IsPrivilegedProcess)
        {
            words.AddRange(["--inh-caps=-all", "--ambient-caps=-all"]);
        }

        words.AddRange(["--", Python, "-W", "ignore", "-m", "notebook", "--ip=127.0.0.1", "--KernelManager.transport=ipc", $"--MultiKernelManager.default_kernel_name={KernelSpec.Name}"]);
        words.AddRange(Environment.IsPrivilegedProcess ? ["--allow-root"] : []);
        words.AddRange(request.OpensBrowser ? [] : ["--no-browser"]);
        words.AddRange(request.Port is { } port ? [string.Create(CultureInfo.InvariantCulture, $"--port={port}")] : []);
        words.AddRange(request.More);
        return words;
    }

    /// <summary>A member of the launcher's group gets the kernel with rights; everybody else this very tool, by an entry that goes with this run.</summary>
    private static void ChooseKernel(ProcessStartInfo start, string runtime, Action<string> tell)
    {
        var options = new LauncherOptions();
        if (Environment.IsPrivilegedProcess)
        {
            tell("Jupyter runs as root, and so does every cell: better let an ordinary user in (bpfi setup-user USER) and start it as that user");
        }
        else if (File.Exists(options.Starter) && SystemTool.Try(SystemTool.Need("coreutils", "test"), "-x", options.Launcher).Status == 0)
        {
            return;
        }
        else
        {
            tell($"the kernel will have no right to load BPF programs; once, as root: bpfi setup-user {Environment.UserName} (and log in anew)");
        }

        KernelSpec.Install(KernelSpec.FolderOf(runtime), ToolCommand.This());
        var path = Path.Combine(runtime, "share", "jupyter");
        start.Environment["JUPYTER_PATH"] = start.Environment.TryGetValue("JUPYTER_PATH", out var set) && !string.IsNullOrEmpty(set) ? $"{path}:{set}" : path;
    }

    /// <summary>Ctrl-C reaches Jupyter from the terminal itself; the signals that come to this process alone are handed on.</summary>
    private static int RunToEnd(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, HandOn);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, HandOn);
        process.WaitForExit();
        return process.ExitCode;

        void HandOn(PosixSignalContext signal)
        {
            signal.Cancel = true;
            SystemTool.Try(SystemTool.Need("procps", "kill"), "-TERM", process.Id.ToString(CultureInfo.InvariantCulture));
        }
    }
}
