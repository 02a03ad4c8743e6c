using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>The tool's own copy that Jupyter's list names.</summary>
[Slow]
public sealed class InstallTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_Jupyter_starts_is_a_copy_that_runs_and_that_other_users_can_read()
    {
        await BpfiAsync("install");
        var program = KernelJson()["argv"]![0]!.GetValue<string>();
        Assert.Equal(_folder["lib/bpfi/current/bpfi"], program);
        Assert.All(Directory.EnumerateFileSystemEntries(_folder["lib/bpfi/current/"], "*", SearchOption.AllDirectories), path =>
            Assert.Equal(UnixFileMode.OtherRead, File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)));
        var (status, output, errors) = await TestProcess.RunAsync(program, ["jupyter", "--help"]);
        Assert.True(status == 0, errors);
        Assert.Contains("install", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_install_removes_the_earlier_copy_unless_a_kernel_runs_from_it()
    {
        await BpfiAsync("install");
        var used = Pretend("aaaaaaaaaaaaaaaa");
        var unused = Pretend("bbbbbbbbbbbbbbbb");
        File.Copy("/bin/sleep", Path.Combine(used, "bpfi"));
        using (TestProcess.Start(Path.Combine(used, "bpfi"), "600"))
        {
            await BpfiAsync("install");
            Assert.False(Directory.Exists(unused));
            Assert.True(Directory.Exists(used));
            Assert.Contains("still runs", await BpfiAsync("uninstall"), StringComparison.Ordinal);
            Assert.True(Directory.Exists(used));
        }

        await BpfiAsync("uninstall");
        Assert.False(Directory.Exists(_folder["lib/bpfi"]));
    }

    [Fact]
    public async Task Uninstalled_nothing_of_it_is_left()
    {
        await BpfiAsync("install");
        await BpfiAsync("uninstall");
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories));
        Assert.Contains("no kernel bpfi", await BpfiAsync("uninstall"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "/usr/bin/python3 /usr/bin/jupyter-notebook --no-browser")]
    [InlineData(true, "/usr/bin/python3 -W ignore -m notebook --ip=127.0.0.1")]
    [InlineData(true, "/usr/bin/python3 /usr/bin/jupyter lab")]
    [InlineData(true, "/opt/venv/bin/python /opt/venv/bin/jupyterhub-singleuser")]
    [InlineData(false, "/usr/bin/python3 -m nbconvert --to notebook --execute x.ipynb")]
    [InlineData(false, "/usr/bin/python3 /usr/bin/jupyter-nbconvert --execute notebook")]
    [InlineData(false, "/usr/share/code/code --type=extensionHost")]
    [InlineData(false, "")]
    public void Charts_leave_their_script_out_only_where_a_server_hands_it_out(bool expected, string command) =>
        Assert.Equal(expected, JupyterPage.IsServer(command.Split(' ')));

    private string Pretend(string state) => Directory.CreateDirectory(_folder["lib/bpfi/" + state]).FullName;

    private JsonNode KernelJson() => JsonNode.Parse(File.ReadAllText(_folder["share/jupyter/kernels/bpfi/kernel.json"]))!;

    private async Task<string> BpfiAsync(string verb)
    {
        var (status, output, errors) = await TestProcess.RunAsync(KernelProcess.Tool, ["jupyter", verb, "--prefix", _folder.FullName]);
        Assert.True(status == 0, errors);
        return output + errors;
    }
}
