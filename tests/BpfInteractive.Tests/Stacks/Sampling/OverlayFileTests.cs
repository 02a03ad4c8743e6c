namespace BpfInteractive.Tests.Stacks.Sampling;

/// <summary>Files of an overlay, whose identity the kernel tells in one way and stat(2) in another.</summary>
[Slow]
public sealed class OverlayFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_of_an_overlay_is_named_whoever_takes_the_mappings(bool onRequest)
    {
        Require.Root();
        Require.Tool("cc");
        foreach (var name in new[] { "lower", "merged", "tmpfs" })
        {
            Directory.CreateDirectory(_folder[name]);
        }

        // Without a build id, so that only its identity can tell that it is the file.
        var source = Path.Combine(Machine.RepositoryRoot, "tests", "targets", "profile", "shares.c");
        var (status, _, errors) = await TestProcess.RunAsync("cc", ["-O0", "-fno-omit-frame-pointer", "-Wl,--build-id=none", "-o", _folder["lower/shares"], source]);
        Assert.True(status == 0, errors);
        var script = $"cd '{_folder.FullName}' && mount -t tmpfs none tmpfs && mkdir tmpfs/upper tmpfs/work && "
            + "mount -t overlay -o lowerdir=lower,upperdir=tmpfs/upper,workdir=tmpfs/work none merged && echo ready && exec merged/shares";
        using var process = TestProcess.Start("unshare", "-m", "sh", "-c", script);
        await process.WaitForOutputAsync("ready");
        await using var live = LiveProfile.Start(new() { Pid = process.Pid, Frequency = 499 }, onRequest ? SamplerMode.OnRequest : null);
        while (live.Snapshot().SampleCount < 30)
        {
            Assert.False(process.HasExited, process.Errors);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var profile = await live.StopAsync();
        Assert.True(profile.FunctionColumns().Text("function").Values().Contains("work"), profile.ToString());
    }
}
