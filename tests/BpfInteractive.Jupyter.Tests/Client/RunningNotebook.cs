using System.Diagnostics;
using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>A <c>bpfi notebook</c> of the test's own, run by an ordinary user where the test is root's.</summary>
internal sealed class RunningNotebook : IDisposable
{
    private RunningNotebook(TestProcess process, string url, string token)
    {
        Process = process;
        Url = url;
        Token = token;
        Http = new HttpClient { BaseAddress = new Uri(url.Split('?')[0]) };
        Http.DefaultRequestHeaders.Add("Authorization", $"token {token}");
    }

    internal TestProcess Process { get; }

    /// <summary>The page's address, with its token.</summary>
    internal string Url { get; }

    internal string Token { get; }

    internal HttpClient Http { get; }

    public void Dispose()
    {
        Http.Dispose();
        Process.Dispose();
    }

    internal static void Require() =>
        Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/notebook"), "the classic Notebook is not installed (jupyter-notebook)");

    /// <summary>Starts it in a folder, with all that it keeps below it.</summary>
    /// <param name="folder">The test's folder.</param>
    /// <param name="isRoot">Runs it as root where the test is root's, so that cells may load BPF programs.</param>
    internal static async Task<RunningNotebook> StartAsync(TemporaryFolder folder, bool isRoot = false)
    {
        var drops = Environment.IsPrivilegedProcess && !isRoot;
        if (drops)
        {
            // The folder of all temporary files, and that of the clone, may be closed to others.
            var (closed, _, _) = await TestProcess.RunAsync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", $"test -x {KernelProcess.Tool} && cd {folder.FullName}/.."]);
            Assert.SkipUnless(closed == 0, "an ordinary user cannot reach the tool or the folder for temporary files");
        }

        string[] words = [KernelProcess.Tool, "notebook", folder["books"], "--no-browser"];
        var info = drops
            ? new ProcessStartInfo("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", .. words])
            : new ProcessStartInfo(words[0], words[1..]);
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["HOME"] = folder.FullName,
            ["TMPDIR"] = folder.FullName,
            ["XDG_DATA_HOME"] = folder["data"],
            ["JUPYTER_CONFIG_DIR"] = folder["config"],
            ["JUPYTER_DATA_DIR"] = folder["jupyter"],
        })
        {
            info.Environment[name] = value;
        }

        if (drops)
        {
            using var chown = System.Diagnostics.Process.Start("chown", ["-R", "65534:65534", folder.FullName]);
            await chown.WaitForExitAsync();
        }

        info.Environment.Remove("SUDO_UID");
        var process = TestProcess.Start(info);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (NotebookServerTests.Address().Match(process.Errors) is { Success: true } found)
            {
                return new RunningNotebook(process, found.Value, found.Groups[1].Value);
            }

            Assert.False(process.HasExited || watch.Elapsed > TimeSpan.FromMinutes(1), process.Output + process.Errors);
            await Task.Delay(50);
        }
    }

    internal async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(path))!;

    /// <summary>Waits until the kernel has made its sockets.</summary>
    internal async Task WaitForSocketsAsync(string folder)
    {
        var watch = Stopwatch.StartNew();
        while (Directory.GetFiles(folder, "*-ipc-*").Length < 5)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), Process.Errors);
            await Task.Delay(50);
        }
    }

    /// <summary>The process that serves the page: below the one that was started.</summary>
    internal async Task<int> ServerPidAsync()
    {
        var (_, output, _) = await TestProcess.RunAsync("pgrep", ["-f", "notebook --ip=127.0.0.1", "-P", $"{Process.Pid}"]);
        return int.Parse(output.Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
