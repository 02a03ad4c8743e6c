using System.Diagnostics;
using System.Globalization;

namespace BpfInteractive.Tests.Symbols;

/// <summary>Running .NET processes that wrote no perf map, asked for their methods.</summary>
public sealed class DotnetTests
{
    private const string Busy = """
        using System.Collections.Generic;
        using System.Linq;
        public static class Busy
        {
            public static long Spin<T>(Dictionary<string, List<T>> lists, int[] numbers)
            {
                var sum = 0L;
                for (var i = 0; i < 2000; i++)
                {
                    numbers[i % numbers.Length] = (i * 7919) % 10007;
                    sum += string.Join(",", numbers.OrderBy(n => n)).Length + lists.Count;
                }
                return sum;
            }
        }
        var numbers = new int[200];
        Console.WriteLine("ready");
        while (true) { Busy.Spin<byte>(new() { ["a"] = [1] }, numbers); }
        """;

    private static readonly int s_rounds = int.Parse(Environment.GetEnvironmentVariable("BPFI_FUZZ_ROUNDS") ?? "3000", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("System.Collections.Generic.List`1[System.__Canon]", "Add", "instance void  (!0)", "System.Collections.Generic.List<System.__Canon>.Add(!0)")]
    [InlineData("Program+Inner", "Main", "void  (class System.String[],unsigned int8)", "Program.Inner.Main(string[],byte)")]
    [InlineData("A.B", "Of", "class A.B`1<!!0>  (valuetype System.ReadOnlySpan`1<!!0>,int32&)", "A.B.Of(System.ReadOnlySpan<!!0>,int&)")]
    [InlineData("A", "Of", "void  (wchar,bool)", "A.Of(char,bool)")]
    [InlineData("", "IL_STUB_PInvoke", "int32  (native int)", "IL_STUB_PInvoke(nint)")]
    [InlineData("Odd;\nType", "x", "", "Odd??Type.x")]
    [InlineData("Unbalanced[[", "x]]", "(", "Unbalanced<<.x]](")]
    public void Methods_read_as_in_the_source(string type, string method, string signature, string name) => Assert.Equal(name, DotnetName.Of(type, method, signature));

    [Fact]
    [Slow]
    [Guest]
    public async Task Managed_leaves_of_a_running_process_are_named()
    {
        Require.Root();
        using var folder = new TemporaryFolder();
        using var process = await ReadyAsync(folder, Machine.Bpfi);
        await ShowNamedAsync(process.Pid, tiers: true, beforehand: false);
    }

    [Fact]
    [Slow]
    [Guest]
    public async Task A_process_with_a_tmp_of_its_own_is_asked_there()
    {
        Require.Root();
        using var folder = new TemporaryFolder();
        using var process = await ReadyAsync(
            folder,
            "unshare",
            "-m",
            "sh",
            "-c",
            // What runs may lie in /tmp itself.
            $"set -e; text=$(cat \"$2\"); mount --rbind '{Machine.RepositoryRoot}' /mnt; mount -t tmpfs none /tmp; mkdir -p '{Machine.RepositoryRoot}'; mount --rbind /mnt '{Machine.RepositoryRoot}'; mkdir -p \"${{2%/*}}\"; printf %s \"$text\" > \"$2\"; DOTNET_TieredCompilation=0 exec '{Machine.Bpfi}' \"$@\"",
            "sh");
        await ShowNamedAsync(process.Pid, tiers: false, beforehand: true);
    }

    [Fact]
    [Slow]
    [Guest]
    public async Task Nobody_is_asked_when_it_is_not_wanted_and_a_socket_of_another_process_is_not_believed()
    {
        Require.Root();
        using var folder = new TemporaryFolder();
        using var process = await ReadyAsync(folder, Machine.Bpfi);
        var profile = await Profiler.CollectAsync(new() { Pid = process.Pid, Frequency = 199, Duration = TimeSpan.FromSeconds(1), AskDotnet = false }, TestContext.Current.CancellationToken);
        Assert.Contains(FrameReason.NoPerfMap, Enumerable.Range(0, profile.Tables.Locations.RowCount).Select(profile.Names.ReasonOf));

        // The same socket under another process's name: who listens there is not who is asked for.
        using var sleeper = Targets.Sleeper();
        var socket = Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process.Pid}-*-socket").Single();
        var link = Path.Combine(Path.GetTempPath(), $"dotnet-diagnostic-{sleeper.Pid}-1-socket");
        File.CreateSymbolicLink(link, socket);
        try
        {
            Assert.NotNull(await DotnetDiagnostics.RundownAsync(JitOwner.OfLiving(process.Pid)!, TestContext.Current.CancellationToken));
            Assert.Null(await DotnetDiagnostics.RundownAsync(JitOwner.OfLiving(sleeper.Pid)!, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Fact]
    [Slow]
    public async Task Damaged_streams_give_methods_or_an_end()
    {
        var original = (await DotnetDiagnostics.RundownAsync(JitOwner.OfLiving(Environment.ProcessId)!, TestContext.Current.CancellationToken))!.Value.ToArray();
        Assert.NotEmpty(DotnetMethod.ReadAll(original, out var isDamaged));
        Assert.False(isDamaged);

        // The head of a stream has all kinds of objects; the rest is more of the same.
        var head = original.AsSpan(0, Math.Min(original.Length, 300_000)).ToArray();
        var random = new Random(11);
        for (var round = 0; round < s_rounds; round++)
        {
            var stream = head.AsSpan(0, round % 2 == 0 ? head.Length : random.Next(head.Length)).ToArray();
            for (var changes = random.Next(1, 20); changes > 0 && stream.Length > 0; changes--)
            {
                stream[random.Next(changes % 3 == 0 ? Math.Min(400, stream.Length) : stream.Length)] = (byte)(random.Next(3) == 0 ? 0xff : random.Next(256));
            }

            Assert.True(DotnetMethod.ReadAll(stream, out _).Count <= head.Length / 40);
        }
    }

    /// <summary>A process that computes in .NET, when it has begun to.</summary>
    private static async Task<TestProcess> ReadyAsync(TemporaryFolder folder, string program, params string[] before)
    {
        File.WriteAllText(folder["busy.csx"], Busy);
        var info = new ProcessStartInfo(program, [.. before, "run", folder["busy.csx"]]);
        info.Environment.Remove("DOTNET_PerfMapEnabled");
        var process = TestProcess.Start(info);
        try
        {
            await process.WaitForOutputAsync("ready");
            return process;
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Of the samples whose leaf is the process's run-time code, or in an image, 99 of 100 have a name.</summary>
    private static async Task ShowNamedAsync(int pid, bool tiers, bool beforehand)
    {
        var profile = await Profiler.CollectAsync(
            new() { Pid = pid, Frequency = 499, Duration = TimeSpan.FromSeconds(3), Kernel = false, DotnetTiers = tiers }, TestContext.Current.CancellationToken);
        var leaves = ManagedLeaves(profile);
        var (all, named) = (leaves.Count, leaves.Count(leaf => leaf.Name is not null));
        var names = string.Join('\n', leaves.GroupBy(leaf => leaf).OrderByDescending(group => group.Count()).Take(30).Select(group => $"{group.Count()} {group.Key}"));
        TestContext.Current.SendDiagnosticMessage($"{named} of {all} managed leaves are named");
        Assert.True(all > 100, $"{all} managed leaves\n{names}");
        Assert.True(named >= 0.99 * all, $"{named} of {all} managed leaves are named\n{names}");
        Assert.True(leaves.Count(leaf => leaf.Name == DotnetProcesses.InNoMethod) < 0.5 * all, names);
        Assert.True(!beforehand || leaves.Any(leaf => leaf.IsImage && leaf.Name is not null), names);
        Assert.Contains(Enumerable.Range(0, profile.Tables.Locations.RowCount), row => profile.Names.FunctionOf(row)?.Contains("Busy.Spin", StringComparison.Ordinal) == true);
        Assert.Equal(tiers, leaves.Any(leaf => leaf.Name?.EndsWith("[Tier1]", StringComparison.Ordinal) == true));
    }

    private static List<(string? Name, FrameReason Reason, bool IsImage)> ManagedLeaves(Profile profile)
    {
        var samples = profile.Tables.Samples;
        var leaves = new List<(string? Name, FrameReason Reason, bool IsImage)>();
        for (var row = 0; row < samples.RowCount; row++)
        {
            var stack = samples.Values<int>("user_stack")[row];
            if (stack < 0 || ((SampleFlags)samples.Values<byte>("flags")[row] & SampleFlags.KernelMode) != 0)
            {
                continue;
            }

            var location = profile.Tables.Stacks.Values<int>("location")[stack];
            var file = profile.LocationOf(location).File;
            var isImage = file.Kind == ProfileFileKind.File && file.Path.EndsWith(".dll", StringComparison.Ordinal);
            if (isImage || file.Kind == ProfileFileKind.Jit)
            {
                leaves.Add((profile.Names.FunctionOf(location), profile.Names.ReasonOf(location), isImage));
            }
        }

        return leaves;
    }
}
