using System.Globalization;

namespace BpfInteractive.Tests.Symbols;

public sealed class JitMapTests
{
    private const string WriteMap = "printf '1000 20 made\\n2000 10 later\\n30' > /tmp/perf-$$.map; echo ready; read end; rm /tmp/perf-$$.map";

    private static JitOwner Living(int pid) => JitOwner.OfLiving(pid)!;

    [Fact]
    public async Task A_living_process_names_its_own_code()
    {
        var maps = new JitMaps(new PinLimits());
        JitMap map;
        using (var process = TestProcess.Start("sh", "-c", WriteMap))
        {
            await process.WaitForOutputAsync("ready");
            var owner = Living(process.Pid);
            map = maps.CopyOf(owner);
            Assert.Same(map, maps.CopyOf(owner));
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

        Assert.Equal(2, new JitMaps(new PinLimits()).CopyOf(Living(child)).Count);
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
        Assert.Equal(2, maps.CopyOf(Living(process.Pid)).Count);

        SymbolPrograms.Run("chown", "65533", path);
        Assert.Same(JitMap.None, maps.CopyOf(Living(process.Pid)));
        SymbolPrograms.Run("chown", "65534", path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
        Assert.Same(JitMap.None, maps.CopyOf(Living(process.Pid)));
        File.Delete(path);
        File.CreateSymbolicLink(path, "/etc/passwd");
        Assert.Same(JitMap.None, maps.CopyOf(Living(process.Pid)));
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
        var owner = Living(process.Pid);
        Assert.Equal((3, true), (cut.CopyOf(owner).Count, cut.CopyOf(owner).IsCut));
        Assert.Equal(1, cut.Cut);
        var full = new JitMaps(new PinLimits { AllJitMapsBytes = 60 });
        Assert.Same(JitMap.None, full.CopyOf(Living(process.Pid)));
        Assert.Equal(1, full.Refused);
        process.WriteLine("");
        await process.WaitForExitAsync();
    }

    [Fact]
    public void A_place_at_which_a_map_has_two_functions_has_no_name()
    {
        var map = JitMap.Parse("1000 100 first\n0x2000 10 second one\nbroken\n1080 100 third\n1000 20 first\n3000 10 half"u8.ToArray());

        Assert.Equal(2, map.DamagedLines);
        Assert.Equal("first", map.Name(0x101f).Function);
        Assert.Equal(FrameReason.MappingChanged, map.Name(0x1080).Reason);
        Assert.Equal(FrameReason.MappingChanged, map.Name(0x10ff).Reason);
        Assert.Equal("third", map.Name(0x1100).Function);
        Assert.Equal("second one", map.Name(0x200f).Function);
        Assert.Equal(FrameReason.OutsidePerfMap, map.Name(0x2010).Reason);
    }

    [Fact]
    public void Doubtful_places_are_those_that_a_look_at_every_pair_finds()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var entries = Enumerable.Range(0, 12).Select(_ => (Start: random.Next(1, 60), Size: random.Next(1, 30), Name: $"f{random.Next(3)}")).ToArray();
            var text = string.Concat(entries.Select(entry => $"{entry.Start:x} {entry.Size:x} {entry.Name}\n"));
            var map = JitMap.Parse(System.Text.Encoding.ASCII.GetBytes(text));
            for (var address = 0; address < 100; address++)
            {
                var there = entries.Where(entry => address >= entry.Start && address < entry.Start + entry.Size).Select(entry => entry.Name).Distinct().ToArray();
                var name = map.Name((ulong)address);
                Assert.True(name.Function is null || there is [var only] && only == name.Function, $"{address:x} is {name} in:\n{text}");
                Assert.True(there.Length < 2 || name.Reason == FrameReason.MappingChanged, $"{address:x} is {name} in:\n{text}");
            }
        }
    }

    [Fact]
    public async Task A_map_grows_until_its_process_is_gone_and_no_later_one_is_taken_for_it()
    {
        using var maps = new JitMaps(new PinLimits());
        JitOwner owner;
        using (var process = TestProcess.Start("sh", "-c", "m=/tmp/perf-$$.map; echo '1000 10 early' > $m; echo ready; read go; echo '2000 10 late' >> $m; rm $m"))
        {
            await process.WaitForOutputAsync("ready");
            owner = Living(process.Pid);
            Assert.Equal(1, maps.CopyOf(owner).Count);
            process.WriteLine("");
            await process.WaitForExitAsync();
        }

        Assert.Equal(1, maps.CopyOf(owner).Count);
        Assert.Equal(2, maps.CopyOf(owner with { EndNs = Clocks.MonotonicNs + Clocks.TickNs }).Count);
        var other = owner with { IsInOurRoot = true, StartStack = 1, EndNs = owner.StartNs };
        File.WriteAllText(owner.MapPath, "1000 10 of another process\n");
        Assert.Same(JitMap.Gone, maps.CopyOf(other));
        Assert.Equal(1, maps.CopyOf(other with { EndNs = Clocks.MonotonicNs + Clocks.TickNs }).Count);
        File.Delete(owner.MapPath);
    }
}
