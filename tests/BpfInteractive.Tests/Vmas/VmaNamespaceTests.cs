namespace BpfInteractive.Tests.Vmas;

/// <summary>Processes in other mount and pid namespaces, and files of an overlay: as /proc/PID/maps shows them, by every engine.</summary>
[Guest]
public sealed class VmaNamespaceTests
{
    public static TheoryData<VmaEngine> Engines => [.. VmaEngines.Available];

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_file_of_an_overlay_in_another_mount_namespace(VmaEngine engine)
    {
        Require.Root();
        using var folder = new TemporaryFolder();
        using var process = await OverlayAsync(folder);
        var snapshot = BpfInteractive.Vmas.Of(process.Pid, engine);
        Assert.Equal(EnginesAgreeTests.TextOf(process.Pid), snapshot.ToProcMaps());

        var mapped = snapshot.Where(vma => vma.Path?.EndsWith("/merged/vma_many", StringComparison.Ordinal) == true).ToList();
        Assert.True(mapped.Count > 2, snapshot.ToProcMaps());
        if (engine is VmaEngine.ProcMaps or VmaEngine.ProcmapQuery)
        {
            return;
        }

        // The kernel maps the pages of the file below; both identities are kept.
        var below = snapshot.Columns.Values<ulong>("kernel_inode")[snapshot.IndexOf(mapped[0].Start)];
        Assert.Equal(InodeOf(folder["lower/vma_many"]), below);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_process_in_a_child_pid_namespace(VmaEngine engine)
    {
        Require.Root();
        using var parent = TestProcess.Start("unshare", "-pf", "--kill-child", VmaTargets.Program("vma_many"), "200", "/bin/sleep");
        await parent.WaitForOutputAsync("ready");
        var pid = ChildOf(parent.Pid);
        var snapshot = BpfInteractive.Vmas.Of(pid, engine);
        Assert.Equal(EnginesAgreeTests.TextOf(pid), snapshot.ToProcMaps());
        if (snapshot.Process.NamespacePid is { } inside)
        {
            Assert.Equal((1, pid), (inside, snapshot.Process.HostPid));
        }
    }

    [Theory]
    [InlineData("--mount-proc")]
    [InlineData("--")]
    public async Task A_pid_means_the_callers_namespace(string mountProc)
    {
        // Inside, pid 2 is /bin/sleep; outside it is kthreadd. bpfi runs inside, by each engine, with and without a /proc of the namespace.
        Require.Root();
        foreach (var engine in VmaEngines.Available)
        {
            if (engine is VmaEngine.OpenCoded or VmaEngine.Callback or VmaEngine.FindVmaNext && !Machine.KernelBtfNames("bpf_task_from_vpid"))
            {
                continue;
            }

            var script = $"/bin/sleep infinity & sleep 1; '{Machine.Bpfi}' vmas 2 --engine {VmaEngines.NameOf(engine)} --format json; kill $!";
            string[] command = mountProc == "--" ? ["-pf", "sh", "-c", script] : ["-pf", mountProc, "sh", "-c", script];
            var (status, output, errors) = await TestProcess.RunAsync("unshare", command);
            Assert.True(status == 0, errors);
            Assert.Contains("\"process\":\"sleep\"", output, StringComparison.Ordinal);
            Assert.Contains("bin/sleep\"", output, StringComparison.Ordinal);
        }
    }

    // A process whose file lies on an overlay that only its own mount namespace has.
    private static async Task<TestProcess> OverlayAsync(TemporaryFolder folder)
    {
        foreach (var name in new[] { "lower", "upper", "work", "merged", "tmpfs" })
        {
            Directory.CreateDirectory(folder[name]);
        }

        File.Copy(VmaTargets.Program("vma_many"), folder["lower/vma_many"]);
        var script =
            $"cd '{folder.FullName}' && mount -t tmpfs none tmpfs && mkdir tmpfs/upper tmpfs/work && " +
            "mount -t overlay -o lowerdir=lower,upperdir=tmpfs/upper,workdir=tmpfs/work none merged && exec merged/vma_many 100 merged/vma_many";
        var process = TestProcess.Start("unshare", "-m", "sh", "-c", script);
        try
        {
            await process.WaitForOutputAsync("ready");
            return process;
        }
        catch (TimeoutException) when (process.Errors.Contains("mount", StringComparison.Ordinal))
        {
            process.Dispose();
            Require.Skip($"no overlay can be mounted here: {process.Errors.Trim()}");
            throw;
        }
    }

    private static ulong InodeOf(string path)
    {
        var (_, output, _) = TestProcess.RunAsync("stat", ["-c", "%i", path]).GetAwaiter().GetResult();
        return ulong.Parse(output, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static int ChildOf(int parent) =>
        int.Parse(File.ReadAllText($"/proc/{parent}/task/{parent}/children"), System.Globalization.CultureInfo.InvariantCulture);
}
