using System.Diagnostics;
using System.Text;

namespace BpfInteractive.Tests.Symbols;

/// <summary>Running Java processes that wrote no perf map, asked for one by the attach protocol; and those that must not be asked.</summary>
[Slow]
public sealed class JavaTests : IDisposable
{
    private const string Busy = """
        import java.util.*;
        import java.util.stream.*;
        public class Busy {
            static long spin(Map<String, List<Integer>> lists, int[] numbers) {
                long sum = 0;
                for (int i = 0; i < 2000; i++) {
                    numbers[i % numbers.length] = (i * 7919) % 10007;
                    sum += Arrays.stream(numbers).sorted().mapToObj(Integer::toString).collect(Collectors.joining(",")).length() + lists.size();
                }
                return sum;
            }
            public static void main(String[] a) {
                int[] numbers = new int[200];
                Map<String, List<Integer>> lists = new HashMap<>();
                long total = 0;
                for (int i = 0; i < 20; i++) total += spin(lists, numbers);
                System.out.println("ready");
                while (total >= 0) total += spin(lists, numbers);
            }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Compiled_leaves_of_a_running_process_are_named_and_nothing_is_left_behind()
    {
        Require.Root();
        using var java = await ReadyAsync();
        await ShowNamedAsync(java.Pid);
        await ShowNamedAsync(java.Pid); // the second time its socket is there already
        Assert.Equal([$"/tmp/.java_pid{java.Pid}"], Directory.GetFiles("/tmp", $"*{java.Pid}*").Where(name => !name.Contains("hsperfdata", StringComparison.Ordinal)));
        Assert.Equal("ready\n", java.Output);
    }

    [Fact]
    public async Task A_process_with_a_tmp_of_its_own_is_asked_there()
    {
        Require.Root();
        using var java = await ReadyAsync("unshare", "-m", "sh", "-c", $"mkdir -p /mnt && mount --bind {_folder.FullName} /mnt && mount -t tmpfs none /tmp && exec java -cp /mnt Busy");
        await ShowNamedAsync(java.Pid);
        Assert.False(File.Exists($"/tmp/.java_pid{java.Pid}"));
    }

    [Fact]
    public async Task A_process_that_leaves_its_signals_to_the_kernel_listens_from_its_start_and_gets_none()
    {
        Require.Root();
        using var java = await ReadyAsync("java", "-Xrs", "-cp", _folder.FullName, "Busy");
        await ShowNamedAsync(java.Pid);
        Assert.False(java.HasExited);
        Assert.Equal("ready\n", java.Output);
    }

    [Fact]
    public async Task A_process_that_would_print_its_threads_gets_no_signal()
    {
        Require.Root();
        using var java = await ReadyAsync("java", "-XX:+DisableAttachMechanism", "-cp", _folder.FullName, "Busy");
        var profile = await Profiler.CollectAsync(new() { Pid = java.Pid, Frequency = 199, Duration = TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken);
        Assert.Contains(profile.Info.Notes, note => note.StartsWith($"Java process {java.Pid} was not asked for its methods: it is not to be attached to", StringComparison.Ordinal));
        Assert.Contains(FrameReason.NoPerfMap, Enumerable.Range(0, profile.Tables.Locations.RowCount).Select(profile.Names.ReasonOf));
        Assert.False(java.HasExited);
        Assert.Equal("ready\n", java.Output);
    }

    [Fact]
    public async Task Nobody_is_asked_when_it_is_not_wanted_nor_believed_in_anothers_name_and_a_map_that_is_there_stays()
    {
        Require.Root();
        var token = TestContext.Current.CancellationToken;
        using var java = await ReadyAsync();
        var profile = await Profiler.CollectAsync(new() { Pid = java.Pid, Frequency = 199, Duration = TimeSpan.FromSeconds(1), AskJava = false }, token);
        Assert.Contains(FrameReason.NoPerfMap, Enumerable.Range(0, profile.Tables.Locations.RowCount).Select(profile.Names.ReasonOf));
        Assert.False(File.Exists($"/tmp/.java_pid{java.Pid}"));

        var (map, why) = await HotSpotAttach.PerfMapAsync(JitOwner.OfLiving(java.Pid)!, token);
        Assert.True(map?.Length > 10_000, why);

        using var sleeper = await SleeperAsync();
        var link = $"/tmp/.java_pid{sleeper.Pid}";
        File.CreateSymbolicLink(link, $"/tmp/.java_pid{java.Pid}");
        var kept = $"/tmp/perf-{java.Pid}.map";
        await File.WriteAllTextAsync(kept, "1000 10 f\n", token);
        try
        {
            Assert.Equal((null, "another process listens on its socket"), await HotSpotAttach.PerfMapAsync(JitOwner.OfLiving(sleeper.Pid)!, token));
            Assert.Equal((null, "its /tmp has a map already, which is not written over"), await HotSpotAttach.PerfMapAsync(JitOwner.OfLiving(java.Pid)!, token));
            Assert.Equal("1000 10 f\n", await File.ReadAllTextAsync(kept, token));
        }
        finally
        {
            File.Delete(link);
            File.Delete(kept);
        }
    }

    [Fact]
    public async Task No_process_that_is_no_Java_gets_a_signal()
    {
        Require.Root();
        using var sleeper = await SleeperAsync();
        var (map, why) = await HotSpotAttach.PerfMapAsync(JitOwner.OfLiving(sleeper.Pid)!, TestContext.Current.CancellationToken);
        Assert.Equal((null, "it does not handle SIGQUIT: it has only begun, or is no Java"), (map, why));
        Assert.False(sleeper.HasExited);
        Assert.False(HotSpotAttach.IsJava($"/proc/{sleeper.Pid}"));
    }

    [Fact]
    public void Methods_are_called_without_what_they_return()
    {
        const string Map = "0x00007f 0x20 java.lang.Object java.util.List.get(int, java.lang.Object)\n0x00009f 0x20 Interpreter\n0x0000bf 0x20 StubRoutines (2)\n0xdf 0x20 void A.b()";
        Assert.Equal(
            "0x00007f 0x20 java.util.List.get(int, java.lang.Object)\n0x00009f 0x20 Interpreter\n0x0000bf 0x20 StubRoutines (2)\n0xdf 0x20 A.b()",
            Encoding.UTF8.GetString(JavaProcesses.WithoutReturnTypes(Encoding.UTF8.GetBytes(Map))));
    }

    [Fact]
    public async Task Node_is_told_of_by_what_it_needs_and_named_when_it_has_that()
    {
        Require.Root();
        Require.Tool("node");
        const string Work = "function hotLoop(n) { let s = 0; for (let i = 0; i < n; i++) s = (s * 31 + i) % 1000003; return s; } let t = 0; const end = Date.now() + 2500; while (Date.now() < end) t += hotLoop(100000); console.log(t);";
        foreach (var isMapped in (bool[])[false, true])
        {
            var profile = await Profiler.CollectAsync(new() { Command = ["node", .. isMapped ? (string[])["--perf-basic-prof"] : [], "-e", Work], Frequency = 499 }, TestContext.Current.CancellationToken);
            var names = Enumerable.Range(0, profile.Tables.Locations.RowCount).Select(profile.Names.FunctionOf).ToList();
            Assert.Equal(isMapped, names.Exists(name => name?.Contains("hotLoop", StringComparison.Ordinal) == true));
            Assert.Equal(!isMapped, profile.Info.Notes.Any(note => note == "1 Node process ran code without names: started with --perf-basic-prof (NODE_OPTIONS takes it too) Node writes a map of it"));
        }
    }

    /// <summary>When it is the program that was meant, and no longer the one that started it.</summary>
    private static async Task<TestProcess> SleeperAsync()
    {
        var sleeper = Targets.Sleeper();
        while (await File.ReadAllTextAsync($"/proc/{sleeper.Pid}/comm") != "sleep\n")
        {
            await Task.Delay(5);
        }

        return sleeper;
    }

    private async Task<TestProcess> ReadyAsync(params string[] command)
    {
        Require.Tool("java");
        Require.Tool("javac");
        var compiled = await TestProcess.RunAsync("javac", ["-d", _folder.FullName, "--release", "17", _folder.Write("Busy.java", Busy)]);
        Assert.True(compiled.Status == 0, compiled.Errors);
        command = command.Length > 0 ? command : ["java", "-cp", _folder.FullName, "Busy"];
        var java = TestProcess.Start(new ProcessStartInfo(command[0], command[1..]));
        try
        {
            await java.WaitForOutputAsync("ready");
            return java;
        }
        catch
        {
            java.Dispose();
            throw;
        }
    }

    private static async Task ShowNamedAsync(int pid)
    {
        var profile = await Profiler.CollectAsync(new() { Pid = pid, Frequency = 499, Duration = TimeSpan.FromSeconds(3), Kernel = false }, TestContext.Current.CancellationToken);
        var samples = profile.Tables.Samples;
        var leaves = new List<string?>();
        for (var row = 0; row < samples.RowCount; row++)
        {
            if (samples.Values<int>("user_stack")[row] is >= 0 and var stack && profile.LocationOf(profile.Tables.Stacks.Values<int>("location")[stack]).File.Kind == ProfileFileKind.Jit)
            {
                leaves.Add(profile.Names.FunctionOf(profile.Tables.Stacks.Values<int>("location")[stack]));
            }
        }

        var (all, named) = (leaves.Count, leaves.Count(leaf => leaf is not null));
        TestContext.Current.SendDiagnosticMessage($"{named} of {all} compiled leaves are named");
        var notes = string.Join('\n', profile.Info.Notes);
        Assert.True(all > 100, $"{all} compiled leaves\n{notes}");
        Assert.True(named >= 0.99 * all, $"{named} of {all} compiled leaves are named\n{notes}");
        Assert.Contains(leaves, leaf => leaf?.Contains("java.util.", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(leaves, leaf => leaf?.StartsWith("void ", StringComparison.Ordinal) == true);
    }
}
