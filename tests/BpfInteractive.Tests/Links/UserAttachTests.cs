using System.Diagnostics;

namespace BpfInteractive.Tests.Links;

/// <summary>Probes of user functions: of this process's libc, by each way that the kernel has.</summary>
public sealed class UserAttachTests
{
    private const string Libc = "libc.so.6";

    public static TheoryData<string, LinkKind> Sections => new()
    {
        { $"uprobe/{Libc}:getpgid", LinkKind.Uprobe },
        { $"uretprobe/{Libc}:getpgid", LinkKind.Uretprobe },
        { $"uprobe.s/{Libc}:getpgid", LinkKind.Uprobe },
    };

    [Theory, Guest]
    [MemberData(nameof(Sections))]
    public async Task A_user_function_is_probed(string section, LinkKind kind)
    {
        Require.Root();
        Features.Require("uprobe");
        await using var loaded = LinkSource.Load(section);
        var link = loaded.Programs["probe"].Attach();
        Assert.Equal(kind, link.Kind);
        Assert.Equal(20UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
        await link.DisposeAsync();
        Assert.Equal(0UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
    }

    [Fact, Guest]
    public async Task A_probe_loaded_for_perf_events_counts_too()
    {
        Require.Root();
        using var open = LinkSource.Open("kprobe");
        open.Globals["target"].Set(Environment.ProcessId);
        await using var loaded = open.Load();
        loaded.Programs["probe"].AttachUprobe(Libc, "getpgid");
        Assert.Equal(20UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
    }

    [Fact, Guest]
    public async Task A_pattern_attaches_many_functions_by_one_link()
    {
        Require.Root();
        Assert.SkipUnless(Features.Has("uprobe.multi"), Features.Probe("uprobe.multi").ToString());
        await using var loaded = LinkSource.Load("uprobe");
        var link = loaded.Programs["probe"].AttachUprobeMulti(Libc, "getpg*");
        Assert.NotNull(link.Id);
        Assert.Equal(20UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
    }

    [Fact, Guest]
    public async Task A_pid_narrows_a_probe_to_one_process()
    {
        Require.Root();
        await using var loaded = LinkSource.Load("uprobe");
        using var other = TestProcess.Start("/bin/sleep", "60");
        var elsewhere = loaded.Programs["probe"].AttachUprobe(Libc, "getpgid", pid: other.Pid);
        Assert.Equal(0UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
        await elsewhere.DisposeAsync();
        loaded.Programs["probe"].AttachUprobe(Libc, "getpgid", pid: Environment.ProcessId);
        Assert.Equal(20UL, LinkSource.CountDuring(loaded, LinkSource.Trigger));
    }

    [Theory]
    [InlineData(Libc, "getpgidd", "did you mean 'getpgid'")]
    [InlineData(Libc, "strlen", "indirect function")]
    [InlineData("libnothere.so.1", "main", "no library folder has libnothere.so.1")]
    [InlineData("nosuchprogram", "main", "PATH has no program nosuchprogram")]
    [InlineData("/no/such/file", "main", "there is no file /no/such/file")]
    [InlineData("/etc/passwd", "main", "not a 64-bit little-endian ELF file")]
    public void A_wrong_file_or_function_is_named(string path, string symbol, string words)
    {
        Require.Root();
        using var loaded = LinkSource.Load("uprobe");
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachUprobe(path, symbol));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_pid_is_told_before_the_kernel_is_asked()
    {
        Require.Root();
        using var process = Process.Start("/bin/true");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var loaded = LinkSource.Load("uprobe");
        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachUprobe(Libc, "getpgid", pid: process.Id));
        Assert.Equal(3, error.Errno);
        Assert.Contains($"no process {process.Id}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_are_found_at_the_offsets_that_readelf_gives()
    {
        Require.Tool("readelf");
        var path = BinaryPath.Resolve(Libc, pid: null, failure: null!);
        using var readelf = Process.Start(new ProcessStartInfo("readelf", ["-W", "--dyn-syms", path]) { RedirectStandardOutput = true })!;
        var line = readelf.StandardOutput.ReadToEnd().Split('\n').First(text => text.Contains(" getpgid@@", StringComparison.Ordinal));
        var address = Convert.ToUInt64(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], 16);

        // Debian's libc has its code at the same offset as address; a file where it differs is made of the same table in FunctionTableTests.
        Assert.Equal(address, ElfFunctions.Parse(File.ReadAllBytes(path)).Offsets["getpgid"]);
    }

    [Fact]
    public void A_damaged_file_is_refused_and_nothing_else()
    {
        var bytes = File.ReadAllBytes("/bin/true");
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var flip = 0; flip < 20; flip++)
            {
                damaged[random.Next(6, 64 + (damaged.Length / 50))] ^= (byte)(1 << random.Next(8));
            }

            var cut = damaged[..random.Next(damaged.Length)];
            try
            {
                _ = ElfFunctions.Parse(damaged);
                _ = ElfFunctions.Parse(cut);
            }
            catch (InvalidDataException)
            {
                // the only answer allowed beside a table
            }
        }
    }
}
