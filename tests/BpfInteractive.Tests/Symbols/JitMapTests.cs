using System.Globalization;

namespace BpfInteractive.Tests.Symbols;

public sealed class JitMapTests
{
    private const string WriteMap = "printf '1000 20 made\\n2000 10 later\\n30' > /tmp/perf-$$.map; echo ready; read end; rm /tmp/perf-$$.map";

    [Fact]
    public async Task A_living_process_names_its_own_code()
    {
        var maps = new JitMaps(new PinLimits());
        JitMap map;
        using (var process = TestProcess.Start("sh", "-c", WriteMap))
        {
            await process.WaitForOutputAsync("ready");
            map = maps.CopyOf(process.Pid)!;
            Assert.Same(map, maps.CopyOf(process.Pid));
            process.WriteLine("");
            await process.WaitForExitAsync();
        }

        Assert.Equal((2, 1, false), (map.Count, map.DamagedLines, map.IsCut));
        var names = new FrameName[3];
        map.Name([0x101f, 0x1020, 0x2000], names);
        Assert.Equal([new("made", 0x1f, FrameReason.None), FrameName.Unnamed(FrameReason.OutsidePerfMap), new("later", 0, FrameReason.None)], names);
    }

    [Fact]
    public async Task A_process_in_its_own_pid_and_mount_namespaces_has_its_map_there()
    {
        Require.Root();
        using var process = TestProcess.Start("unshare", "-pfm", "sh", "-c", "mount -t tmpfs none /tmp || exit 1; " + WriteMap);
        await process.WaitForOutputAsync("ready");
        var child = int.Parse(File.ReadAllText($"/proc/{process.Pid}/task/{process.Pid}/children").Trim(), CultureInfo.InvariantCulture);
        Assert.Equal(1, ProcessIdentity.Read($"/proc/{child}")!.Value.NamespacePid);

        Assert.Equal(2, new JitMaps(new PinLimits()).CopyOf(child)!.Count);
        process.WriteLine("");
        await process.WaitForExitAsync();
    }

    [Fact]
    public async Task A_map_of_another_user_or_an_earlier_process_is_refused()
    {
        Require.Root();
        var maps = new JitMaps(new PinLimits());
        using var process = TestProcess.Start("setpriv", "--reuid", "65534", "--clear-groups", "sh", "-c", WriteMap);
        await process.WaitForOutputAsync("ready");
        var path = $"/tmp/perf-{process.Pid}.map";
        Assert.NotNull(maps.CopyOf(process.Pid));

        SymbolPrograms.Run("chown", "65533", path);
        Assert.Null(maps.CopyOf(process.Pid));
        SymbolPrograms.Run("chown", "65534", path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
        Assert.Null(maps.CopyOf(process.Pid));
        File.Delete(path);
        File.CreateSymbolicLink(path, "/etc/passwd");
        Assert.Null(maps.CopyOf(process.Pid));
        Assert.Equal(2, maps.Refused);
        process.WriteLine("");
        await process.WaitForExitAsync();
    }

    [Fact]
    public async Task A_map_without_end_is_cut_and_more_than_may_be_kept_is_not()
    {
        using var process = TestProcess.Start("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do echo \"${i}000 10 function_$i\"; done > /tmp/perf-$$.map; echo ready; read end; rm /tmp/perf-$$.map");
        await process.WaitForOutputAsync("ready");
        var cut = new JitMaps(new PinLimits { JitMapBytes = 60 });
        Assert.Equal((3, true), (cut.CopyOf(process.Pid)!.Count, cut.CopyOf(process.Pid)!.IsCut));
        Assert.Equal(1, cut.Cut);
        var full = new JitMaps(new PinLimits { AllJitMapsBytes = 60 });
        Assert.Null(full.CopyOf(process.Pid));
        Assert.Equal(1, full.Refused);
        process.WriteLine("");
        await process.WaitForExitAsync();
    }
}
