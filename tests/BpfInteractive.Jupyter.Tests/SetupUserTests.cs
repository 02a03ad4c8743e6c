using System.Globalization;
using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>An ordinary user of this machine, made for the test, who is let in and out again.</summary>
[Slow]
public sealed class SetupUserTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const ulong BpfAndPerfMon = 1ul << 39 | 1ul << 38;

    private readonly string _user = $"bpfi-u{Environment.ProcessId}";
    private readonly string _group = $"bpfi-g{Environment.ProcessId}";

    // Not below TMPDIR, which may be closed to others.
    private readonly string _folder = $"/var/tmp/bpfi-test-{Guid.NewGuid():N}";

    public void Dispose()
    {
        foreach (var command in new[] { $"userdel {_user}", $"groupdel {_group}", $"rm -rf {_folder}" })
        {
            TestProcess.RunAsync("bash", ["-c", command]).GetAwaiter().GetResult();
        }
    }

    [Fact]
    public async Task An_ordinary_user_gets_two_capabilities_for_the_kernel_alone_and_loses_them_again()
    {
        await PrepareAsync();
        var told = await BpfiAsync("setup-user", _user, "--group", _group, "--prefix", _folder);
        Assert.Contains("CAP_BPF, CAP_PERFMON", told, StringComparison.Ordinal);
        var launcher = Path.Combine(_folder, "lib/bpfi/launcher");
        Assert.Equal($"root:{_group} 750", await ShellAsync($"stat -c '%U:%G %a' {launcher}"));
        Assert.Equal($"{launcher} cap_perfmon,cap_bpf=ep", await ShellAsync($"/usr/sbin/getcap {launcher}"));

        var outputs = await RunNotebookAsync("DOTNET_STARTUP_HOOKS=/nothing.dll", "BPFI_CLANG=/bin/false");
        Assert.True(ulong.Parse(outputs[1], CultureInfo.InvariantCulture) > 0, outputs[1]);
        var kernel = outputs[2];
        Assert.Contains($"CapEff:\t{BpfAndPerfMon:x16}", kernel, StringComparison.Ordinal);
        Assert.Contains($"CapPrm:\t{BpfAndPerfMon:x16}", kernel, StringComparison.Ordinal);
        Assert.Contains($"CapAmb:\t{0:x16}", kernel, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", kernel, StringComparison.Ordinal);
        Assert.Contains($"Uid:\t{await ShellAsync($"id -u {_user}")}\t", kernel, StringComparison.Ordinal);
        foreach (var child in outputs[3..5])
        {
            Assert.Contains($"CapEff:\t{0:x16}", child, StringComparison.Ordinal);
            Assert.Contains($"CapPrm:\t{0:x16}", child, StringComparison.Ordinal);
            Assert.Contains("NoNewPrivs:\t1", child, StringComparison.Ordinal);
        }

        Assert.Equal(
            ["DOTNET_CLI_TELEMETRY_OPTOUT", "DOTNET_EnableDiagnostics", "DOTNET_ROOT", "HOME", "JPY_PARENT_PID", "LANG", "LOGNAME", "PATH", "USER"],
            outputs[5].Split(' ').Where(name => !name.StartsWith("DOTNET_HOST", StringComparison.Ordinal)));

        Assert.Contains("user leaves", outputs[6], StringComparison.Ordinal); // an object that asks for functions which this kernel may not have

        var removed = await BpfiAsync("setup-user", _user, "--remove", "--group", _group, "--prefix", _folder);
        Assert.Contains($"and the group {_group}", removed, StringComparison.Ordinal);
        Assert.False(File.Exists(launcher));
        Assert.Equal("", await ShellAsync($"getent group {_group} || :"));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => RunNotebookAsync());
        Assert.True(refused.Message.Contains("lacks CAP_BPF", StringComparison.Ordinal), refused.Message);
    }

    /// <summary>Two of the seven that `scripts/test gallery --as-user` runs: a first program, and the profiler with its pictures.</summary>
    [Fact]
    public async Task An_ordinary_user_runs_notebooks_of_the_gallery()
    {
        await PrepareAsync();
        await BpfiAsync("setup-user", _user, "--group", _group, "--prefix", _folder);
        foreach (var name in new[] { "02-first-program.ipynb", "07-where-time-goes.ipynb" })
        {
            var notebook = Path.Combine(_folder, "home", name);
            File.Copy(Path.Combine(Gallery.Source, name), notebook);
            var cells = await ExecuteAsync(notebook);
            Assert.All(cells.Where(cell => (string?)cell!["cell_type"] == "code"), cell => Assert.NotNull((int?)cell!["execution_count"]));
            Assert.Contains(cells, cell => cell!["outputs"] is JsonArray outputs && outputs.Any(output => output?["data"]?["text/html"] is not null));
        }

        var removed = await BpfiAsync("setup-user", _user, "--remove", "--group", _group, "--prefix", _folder);
        Assert.Contains("removed", removed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_launcher_is_for_its_group_and_starts_one_program_alone()
    {
        await PrepareAsync();
        await BpfiAsync("setup-user", _user, "--group", _group, "--prefix", _folder, "--capability", "CAP_SYSLOG");
        var launcher = Path.Combine(_folder, "lib/bpfi/launcher");
        Assert.Equal("126", await ShellAsync($"setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '{launcher} --check' 2>/dev/null; echo $?"));
        var asUser = $"setpriv --reuid {_user} --regid {_user} --init-groups --inh-caps=-all";
        Assert.Equal("2", await ShellAsync($"{asUser} {launcher} 2>/dev/null; echo $?"));
        Assert.Equal("2", await ShellAsync($"{asUser} {launcher} --version 2>/dev/null; echo $?"));
        Assert.Contains("capability 39 is not to be had", await ShellAsync($"{asUser} --no-new-privs env {launcher} --check 2>&1 || :"), StringComparison.Ordinal);
        Assert.Contains("for ordinary users", await ShellAsync($"{launcher} --check 2>&1 || :"), StringComparison.Ordinal);
        Assert.EndsWith("cap_syslog,cap_perfmon,cap_bpf=ep", await ShellAsync($"/usr/sbin/getcap {launcher}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "there is no user nobody-of-that-name", "nobody-of-that-name")]
    [InlineData(2, "there is no capability omnipotence", "nobody", "--capability", "omnipotence")]
    [InlineData(2, "root needs no way in", "root")]
    public async Task What_cannot_be_set_up_is_refused_before_anything_is_changed(int expected, string message, params string[] arguments)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var (status, _, errors) = await TestProcess.RunAsync(KernelProcess.Tool, ["setup-user", .. arguments, "--prefix", _folder, "--group", _group]);
        Assert.Equal(expected, status);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder));
    }

    private async Task PrepareAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to make a user");
        Assert.SkipUnless(File.Exists("/usr/sbin/useradd"), "useradd is not installed");
        Assert.SkipUnless(File.Exists("/usr/sbin/setcap"), "setcap is not installed (libcap2-bin)");
        Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/nbconvert"), "nbconvert is not installed (jupyter-nbconvert)");
        Directory.CreateDirectory(_folder, (UnixFileMode)0b111_101_101);
        await ShellAsync($"useradd --create-home --home-dir {_folder}/home --shell /bin/sh {_user}");
    }

    /// <summary>The text of each cell's output, run as the user by nbconvert in an environment that tries to get in.</summary>
    private async Task<string[]> RunNotebookAsync(params string[] environment)
    {
        var notebook = Path.Combine(_folder, "home/book.ipynb");
        File.WriteAllText(notebook, NotebookText.Of(
            "#!bpf --name calls\nu64 count;\nSEC(\"raw_tp/sys_enter\") int on_call(void *ctx)\n{\n    __sync_fetch_and_add(&count, 1);\n    return 0;\n}",
            "for (var i = 0; calls.Globals.count == 0 && i < 1000; i++) { Thread.Sleep(10); }\nConsole.Write(calls.Globals.count);",
            "Console.Write(File.ReadAllText(\"/proc/self/status\"));",
            "string Child() { var start = new System.Diagnostics.ProcessStartInfo(\"cat\", \"/proc/self/status\") { RedirectStandardOutput = true }; using var child = System.Diagnostics.Process.Start(start)!; return child.StandardOutput.ReadToEnd(); }\nConsole.Write(Child());",
            "Console.Write(await Task.Run(Child));",
            "Console.Write(string.Join(' ', Environment.GetEnvironmentVariables().Keys.Cast<string>().Order(StringComparer.Ordinal)));",
            "var profile = await Profiler.CollectAsync(new() { Frequency = 199, Duration = TimeSpan.FromSeconds(1) });\nConsole.Write(profile.Summarize());"));
        return [.. (await ExecuteAsync(notebook, environment)).Select(cell => NotebookText.Said(cell!))];
    }

    /// <summary>The cells of a notebook that the user can read, once nbconvert has run them as the user.</summary>
    private async Task<JsonArray> ExecuteAsync(string notebook, params string[] environment)
    {
        var (status, output, errors) = await TestProcess.RunAsync(
            "setpriv",
            ["--reuid", _user, "--regid", _user, "--init-groups", "--inh-caps=-all", "env", "-i", $"HOME={_folder}/home", "PATH=/usr/bin:/bin", $"JUPYTER_PATH={_folder}/share/jupyter",
                .. environment, Python, "-W", "ignore", "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", notebook],
            _folder + "/home",
            limit: TimeSpan.FromMinutes(3));
        return status == 0
            ? JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "home/done.ipynb")))!["cells"]!.AsArray()
            : throw new InvalidOperationException(output + errors);
    }

    private static async Task<string> BpfiAsync(params string[] arguments)
    {
        var (status, output, errors) = await TestProcess.RunAsync(KernelProcess.Tool, arguments);
        Assert.True(status == 0, errors);
        return output;
    }

    private static async Task<string> ShellAsync(string command)
    {
        var (status, output, errors) = await TestProcess.RunAsync("bash", ["-c", command]);
        Assert.True(status == 0, $"{command}: {errors}");
        return output.Trim();
    }
}
