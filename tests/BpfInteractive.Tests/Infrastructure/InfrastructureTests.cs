using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive.Tests.Infrastructure;

/// <summary>The tools of the tests are tested too: a leak counter that counts nothing would pass every leak test.</summary>
[Collection(Alone.Name)]
public sealed class InfrastructureTests
{
    private const int BpfMapCreate = 0;
    private const int ArrayMap = 2;

    [Fact]
    public void A_map_that_is_left_open_is_counted_with_its_id()
    {
        Require.Root();
        var before = Leaks.Snapshot();
        using (NewMap())
        {
            var after = Leaks.Snapshot();
            Assert.Equal(before.Descriptors.GetValueOrDefault("bpf-map") + 1, after.Descriptors["bpf-map"]);
            Assert.Single(after.Ids.Except(before.Ids), id => id.StartsWith("map_id:", StringComparison.Ordinal));
            Assert.False(Leaks.Same(before, after));
        }

        Assert.True(Leaks.Same(before, Leaks.Snapshot()));
    }

    [Fact]
    public async Task Work_that_leaves_a_map_behind_fails()
    {
        Require.Root();
        var kept = new List<FileDescriptor>();
        var before = Leaks.Snapshot();
        kept.Add(NewMap());
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => Leaks.AssertSameAsync(before, TimeSpan.FromMilliseconds(100)));
        kept.ForEach(map => map.Dispose());
    }

    [Fact]
    public void A_temporary_folder_is_counted_and_goes_with_its_test()
    {
        var before = Leaks.Snapshot();
        using (var folder = new TemporaryFolder())
        {
            folder.Write("sub/file", "text");
            Assert.Contains(Path.GetFileName(folder.FullName), Leaks.Snapshot().TemporaryFiles);
        }

        Assert.Empty(Leaks.Snapshot().TemporaryFiles.Except(before.TemporaryFiles));
    }

    [Fact]
    public void A_feature_this_kernel_ought_to_have_fails_the_test()
    {
        var error = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Require.Feature("the moon", () => "no moon", new Version(4, 0)));
        Assert.Contains("ought to have the moon", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_says_its_lines_and_its_status()
    {
        var (status, output, errors) = await TestProcess.RunAsync("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"]);
        Assert.Equal((3, "out\n", "err\n"), (status, output, errors));
    }

    private static unsafe FileDescriptor NewMap()
    {
        var attributes = stackalloc uint[32];
        new Span<uint>(attributes, 32).Clear();
        (attributes[0], attributes[1], attributes[2], attributes[3]) = (ArrayMap, 4, 4, 1);
        var number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;
        return new FileDescriptor((int)Errno.ThrowIfMinusOne(Libc.syscall(number, BpfMapCreate, (nint)attributes, 128, 0, 0, 0), "create", "a map"));
    }
}
